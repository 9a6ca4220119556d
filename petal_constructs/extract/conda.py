"""Conda: environment files, and what an environment holds.

Formats: conda's documentation, "Managing environments", and conda-meta as conda 24 writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from posixpath import dirname
from typing import Any

from petal_constructs.extract import python
from petal_constructs.extract.found import Found, Note, Read, Tree
from petal_constructs.extract.spack_files import load_yaml

_SPEC = re.compile(
    r"(?:[^\s:]+::)?(?P<name>[A-Za-z0-9_][A-Za-z0-9._-]*)"
    r"(?:\s*(?:\[|$|(?P<op>[=<>!~]+)\s*|\s+)(?P<version>[^\s\[=|]*(?:=+[0-9][^\s\[=|]*)?).*)?",
    re.DOTALL,
)


def spec(text: str, where: str) -> Found | Note:
    """One package as people ask for it: `bioconda::samtools=1.17`."""
    head, _, inner = text.strip().partition("[")
    found = _SPEC.fullmatch(head)
    if found is None:
        return Note(where, f"{text!r} is no package of conda's")
    asked = re.search(r"version=['\"]?([=<>!~]*)([^'\",\]]+)", inner)
    operator, version = asked.groups() if asked else (found["op"], found["version"] or "")
    version = version.rstrip("*.")
    bounds = "" if operator in ("", "=", "==", None) else operator
    return Found("conda", found["name"].lower(), f"{bounds}{version}", where)


def environment(tree: Tree, path: str) -> Read:
    """`environment.yml`, with its part for pip."""
    where = tree.place(path)
    try:
        document = load_yaml(tree.text(path))
    except ValueError as error:
        yield Note(where, str(error))
        return
    listed = document.get("dependencies") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        yield Note(where, "an environment of conda's without a list of dependencies")
        return
    for entry in listed:
        if isinstance(entry, str):
            yield spec(entry, where)
        elif isinstance(entry, dict) and isinstance(entry.get("pip"), list):
            yield from _pip(entry["pip"], where)
        else:
            yield Note(where, f"{entry!r} is no package of conda's")


def _pip(listed: Iterable[object], where: str) -> Read:
    for line in listed:
        yield from python.requirement(str(line), where)


def installed(tree: Tree, paths: Iterable[str]) -> Read:
    """`conda-meta/*.json`: where any was asked for by name, the others came with it."""
    folders: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for path in paths:
        record = json.loads(tree.text(path))
        if isinstance(record, dict) and isinstance(record.get("name"), str):
            folders.setdefault(dirname(path), []).append((path, record))
        else:
            yield Note(tree.place(path), "a record of conda's without a name")
    for records in folders.values():
        noted = any(_asked(record) for _, record in records)
        for path, record in records:
            reason = "" if not noted or _asked(record) else "came with something else"
            version = str(record.get("version", ""))
            yield Found("conda", record["name"], version, tree.place(path), reason)


def _asked(record: dict[str, Any]) -> bool:
    return bool(record.get("requested_spec") or record.get("requested_specs"))
