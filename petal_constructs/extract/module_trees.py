"""Module files: their names and versions, in folders and in what `module avail` prints."""

from __future__ import annotations

import re
from typing import Final

from petal_constructs.extract.found import Found, Read, Tree
from petal_constructs.extract.module_lists import read

_OLDER: Final = "not the version that is loaded by default"
_TREE: Final = re.compile(r"(?:^|/)(?:modulefiles|modules|lmod|tcl|all|Core)/(?P<name>.+)$")
_LUA: Final = re.compile(rb"\b(?:whatis|help|prepend_path|setenv|load|depends_on|family)\s*\(")
_MOST: Final = 100_000


def module_list(tree: Tree, path: str) -> Read:
    """What `module avail` and its like print."""
    yield from listed(tree.text(path), tree.place(path))


def listed(text: str, name: str, *, defaults: bool = False) -> Read:
    """The modules of a list.

    Args:
        text: What a command of Lmod or Environment Modules printed.
        name: What the report calls it.
        defaults: Of modules with a marked default, take that version alone.
    """
    modules, notes = read(text, name)
    marked = {entry.parts[0] for entry in modules if entry.default and defaults}
    for entry in modules:
        title, version = entry.parts
        older = _OLDER if title in marked and not entry.default else ""
        where = f"{name}:{entry.line}" if entry.line else name
        yield Found("module", title, version, where, entry.aside or older)
    yield from notes


def module(text: str, where: str) -> Found:
    """`samtools/1.17`; of a longer path the last two parts."""
    parts = text.split("/")[-2:]
    return Found("module", parts[0], parts[1] if len(parts) > 1 else "", where)


def installed(tree: Tree, path: str) -> Read:
    """A module file: the last two parts of its path; other files lie in such folders too."""
    start = tree.files[path]()[:_MOST]
    if not (_LUA.search(start) if path.endswith(".lua") else start.startswith(b"#%Module")):
        return
    found = _TREE.search(path)
    name = found["name"] if found else path
    if "/" in name:
        yield module(name.removesuffix(".lua"), tree.place(path))
