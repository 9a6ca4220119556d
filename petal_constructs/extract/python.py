"""Python: requirement files, and what is installed.

Formats: PyPA specifications "Core metadata", "Recording installed projects" and "Dependency
specifiers", 2026-11-22.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from posixpath import dirname

from petal_constructs.extract.dpkg import paragraphs
from petal_constructs.extract.found import Found, Note, Read, Tree

_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*"
    r"(?P<at>@.*)?(?P<version>(?:[\s(]*[=<>!~].*)?)",
    re.DOTALL,
)
_EXACT = re.compile(r"\(?={2,3}\s*(?P<version>[^\s,;*)]+)\)?")
_SYSTEM = ("/dist-packages/", "/usr/lib/python3", "/usr/lib64/python3")


def requirement(text: str, where: str) -> Read:
    """One requirement as pip takes it."""
    plain = re.split(r"\s#|;|\s--", text, maxsplit=1)[0].strip()
    if not plain or plain.startswith(("#", "--", "-c ", "-i ", "-f ")):
        return
    found = _REQUIREMENT.fullmatch(plain)
    if found is None or re.search(r"^\.|/|\.whl$|\.tar\.gz$", plain.partition("@")[0]):
        yield Found("other", f"pip install {plain}", where=where)
        return
    version = found["version"].strip(" ()")
    exact = _EXACT.fullmatch(version)
    yield Found("python", found["name"], exact["version"] if exact else version, where)


def requirements(tree: Tree, path: str) -> Read:
    """`requirements.txt`."""
    text = re.sub(r"\\\r?\n", " ", tree.text(path))
    for number, line in enumerate(text.splitlines(), 1):
        where = tree.place(path, number)
        if re.match(r"\s*(-r|--requirement)\b", line):
            yield Note(where, f"{line.strip()}: the other file is read if it is in the source")
        else:
            yield from requirement(line, where)


def installed(tree: Tree, paths: Iterable[str]) -> Read:
    """`*.dist-info/METADATA` and `*.egg-info/PKG-INFO`.

    pip marks what was asked for by a file REQUESTED; where one folder has such marks, what lacks
    them came with the others.
    """
    paths = tuple(paths)
    marked = {dirname(dirname(path)) for path in paths if _mark(path) in tree.files}
    for path in paths:
        fields = next(paragraphs(tree.text(path)), {})
        name, version = fields.get("name", ""), fields.get("version", "")
        if not name:
            yield Note(tree.place(path), "a description of a Python package without a name")
            continue
        yield Found("python", name, version, tree.place(path), _reason(tree, path, marked))


def _mark(path: str) -> str:
    return f"{dirname(path)}/REQUESTED"


def _reason(tree: Tree, path: str, marked: set[str]) -> str:
    installer = f"{dirname(path)}/INSTALLER"
    by = tree.text(installer).strip() if installer in tree.files else ""
    if by == "conda":
        return "part of what conda installed"
    if any(part in f"/{path}" for part in _SYSTEM) and by != "pip":
        return "part of the system's Python"
    if "/.spack" in path or by == "spack":
        return "part of what Spack installed"
    if dirname(dirname(path)) in marked and _mark(path) not in tree.files:
        return "came with something else: pip marks what was asked for"
    return ""
