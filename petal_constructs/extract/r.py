"""R: lines of code that install packages, lock files of renv, and what a library holds.

Formats: "Writing R Extensions" (DESCRIPTION), renv's documentation (renv.lock), 2026-11-22.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from petal_constructs.extract.dpkg import paragraphs
from petal_constructs.extract.found import Found, Note, Read, Tree

_CALL: Final = re.compile(
    r"(?P<name>install\.packages|BiocManager::install|biocLite|install_cran|install_bioc|pkg_install"
    r"|install_version|install_github|install_gitlab|install_url|install_git|install_local"
    r"|bioc_install|pak::pak)\s*\("
)
_BY_HAND: Final = ("github", "gitlab", "url", "git", "local")
_TEXT: Final = re.compile(r"(?P<key>[\w.]+\s*=\s*)?(?:c\s*\(\s*)?(['\"])(?P<text>[^'\"]*)\2")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9.]*")
_BASE: Final = frozenset(
    {"base", "compiler", "datasets", "graphics", "grDevices", "grid", "methods", "parallel"}
    | {"splines", "stats", "stats4", "tcltk", "tools", "utils"}
)
"""What R itself is made of."""


def code(text: str, where: str) -> Read:
    """Packages that R code installs by name."""
    end = 0
    while call := _CALL.search(text, end):
        end = _closing(text, call.end())
        arguments = text[call.end() : end].strip()
        if call["name"].endswith(_BY_HAND):
            yield Found("other", f"{call['name']}({arguments})", where=where)
            continue
        names = tuple(_names(arguments))
        version = re.search(r"version\s*=\s*['\"]([^'\"]+)|,\s*['\"]([0-9][^'\"]*)", arguments)
        exact = version and call["name"] == "install_version"
        for name in names:
            yield Found("r", name, (version[1] or version[2]) if version and exact else "", where)
        if not names and not _only_bioconductor(call["name"], arguments):
            yield Note(where, f"{call['name']}({arguments}): the names are not in the text")


def _only_bioconductor(name: str, arguments: str) -> bool:
    """`BiocManager::install(version = "3.18")` chooses a release."""
    return name == "BiocManager::install" and (not arguments or "version" in arguments)


def _closing(text: str, start: int) -> int:
    """Where the bracket is closed that was opened before; the end of the text if it never is."""
    depth = 1
    for bracket in re.finditer(r"[()]", text[start:]):
        depth += 1 if bracket[0] == "(" else -1
        if depth == 0:
            return start + bracket.start()
    return len(text)


def _names(arguments: str) -> Iterator[str]:
    """Texts that are names of packages, not of repositories and folders."""
    positional = re.sub(
        r"\b(repos|lib|type|dependencies|version|update|ask|Ncpus|site_repository)\s*=\s*"
        r"(c\s*\([^)]*\)|['\"][^'\"]*['\"]|[^,)]*)",
        "",
        arguments,
    )
    for found in _TEXT.finditer(positional):
        if _NAME.fullmatch(found["text"]):
            yield found["text"]


def script(tree: Tree, path: str) -> Read:
    """A file of R code; comments are left out."""
    text = re.sub(r"(?m)^\s*#.*$", "", tree.text(path))
    yield from code(text, tree.place(path))


def renv(tree: Tree, path: str) -> Read:
    """`renv.lock`."""
    document = json.loads(tree.text(path))
    listed = document.get("Packages") if isinstance(document, dict) else None
    if not isinstance(listed, dict):
        yield Note(tree.place(path), "a lock file of renv's without packages")
        return
    for name, entry in listed.items():
        version = entry.get("Version") if isinstance(entry, dict) else None
        yield Found("r", name, str(version or ""), tree.place(path))


def installed(tree: Tree, path: str) -> Read:
    """`DESCRIPTION` of an installed package: R writes `Built`, sources have none."""
    fields = next(paragraphs(tree.text(path)), {})
    name = fields.get("package", "")
    if name and fields.get("built"):
        yield Found("r", name, fields.get("version", ""), tree.place(path), _reason(path, fields))


def _reason(path: str, fields: dict[str, str]) -> str:
    if fields.get("priority") in ("base", "recommended") or fields["package"] in _BASE:
        return "part of R"
    if "/usr/lib/R/site-library/" in f"/{path}":
        return "part of what the distribution's packages installed"
    return ""
