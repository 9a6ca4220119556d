"""Module files: their names and versions, in folders and in what `module avail` prints."""

from __future__ import annotations

import re
from typing import Final

from petal_constructs.extract.found import Found, Note, Read, Tree

_MARK: Final = re.compile(r"\((?:default|[A-Z](?:,[A-Z])*|@|[a-z]:?|S:\w+)\)|<[A-Z]+>")
_RULE: Final = re.compile(r"^-{2,}|-{4,}$|^Key:|^Where:|^ *[A-Z]: |^Use \"|^No module|^Module ")
_ENTRY: Final = re.compile(r"[A-Za-z0-9][\w.+-]*(?:/[\w.+-]+)*/?")
_TREE: Final = re.compile(r"(?:^|/)(?:modulefiles|modules|lmod|tcl|all|Core)/(?P<name>.+)$")
_LUA: Final = re.compile(rb"\b(?:whatis|help|prepend_path|setenv|load|depends_on|family)\s*\(")
_MOST: Final = 100_000
_COLUMN: Final = re.compile(r"[\s,;|]+")


def module_list(tree: Tree, path: str) -> Read:
    """What `module avail` prints, also with `-t`; or lines `name/version` or `name version`."""
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        where = tree.place(path, number)
        text = re.sub(r"#.*$", "", _MARK.sub(" ", line)).strip()
        if text and not _RULE.search(text) and not (text.startswith("/") or text.endswith(":")):
            yield from _entries(text, where)


def _entries(text: str, where: str) -> Read:
    words = [word for word in _COLUMN.split(text) if word]
    if len(words) == len(("name", "version")) and "/" not in text and words[1][0].isdigit():
        words = ["/".join(words)]
    for word in words:
        if _ENTRY.fullmatch(word):
            yield module(word.rstrip("/"), where)
        else:
            yield Note(where, f"{word!r} is not the name of a module")


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
