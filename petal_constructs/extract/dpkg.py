"""Package databases of Debian and Alpine: paragraphs of text.

Formats: deb-control(5) and apt's extended_states; Alpine's apk-v2 installed database, 2026-11-22.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from petal_constructs.extract.found import Found, Read, Tree

_INSTALLED: Final = "install ok installed"
_BASE: Final = ("required", "important", "standard")
"""Priorities of what a Debian system holds before anybody installs anything."""
_SECTIONS: Final = frozenset(
    {"libs", "oldlibs", "doc", "localization", "fonts", "introspection", "debug", "kernel"}
)
"""Of libraries at run time, documentation and the like; `libdevel` is not among them."""


def status(tree: Tree, path: str) -> Read:
    """`/var/lib/dpkg/status`, and the files of `status.d` in images without a package manager."""
    entries = {
        entry["package"]: entry
        for entry in paragraphs(tree.text(path))
        if "package" in entry and entry.get("status", _INSTALLED).endswith(" installed")
    }
    came_along = _automatic(tree, path) or _needed(entries)
    for name, entry in entries.items():
        reason = _part(entry) or came_along.get(name, "")
        yield Found("deb", name, entry.get("version", ""), tree.place(path), reason)


def _part(entry: Mapping[str, str]) -> str:
    """Why nobody asks for such a package, by its priority and section."""
    if entry.get("essential") == "yes" or entry.get("priority") in _BASE:
        return "part of the base system, by its priority"
    library = entry.get("section", "").rpartition("/")[2] in _SECTIONS
    return "belongs to what uses it, by its section" if library else ""


def _automatic(tree: Tree, path: str) -> dict[str, str]:
    """What apt installed because something else needs it."""
    states = path.partition("var/lib/dpkg/")[0] + "var/lib/apt/extended_states"
    if states not in tree.files:
        return {}
    noted = (e for e in paragraphs(tree.text(states)) if e.get("auto-installed") == "1")
    return {e.get("package", ""): "came with something else, as apt noted" for e in noted}


def _needed(entries: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """What other packages depend on, for a system where apt noted nothing."""
    return {
        need: f"{name} needs it"
        for name, entry in entries.items()
        for need in re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]*)", entry.get("depends", ""))
        if need != name
    }


def apk(tree: Tree, path: str) -> Read:
    """`/lib/apk/db/installed`; `/etc/apk/world` has what was asked for."""
    world = path.removesuffix("lib/apk/db/installed") + "etc/apk/world"
    asked = _names(tree.text(world)) if world in tree.files else None
    for entry in paragraphs(tree.text(path)):
        if name := entry.get("P"):
            wanted = asked is None or name in asked
            reason = "" if wanted else "came with something else: /etc/apk/world lacks it"
            yield Found("apk", name, entry.get("V", ""), tree.place(path), reason)


def _names(text: str) -> frozenset[str]:
    return frozenset(word.partition("=")[0].partition("~")[0] for word in text.split())


def paragraphs(text: str) -> Iterator[dict[str, str]]:
    """Paragraphs of `Field: value` lines; names of two letters or more in lower case."""
    entry: dict[str, str] = {}
    for line in (*text.splitlines(), ""):
        if not line.strip():
            if entry:
                yield entry
            entry = {}
        elif not line[0].isspace():
            name, _, value = line.partition(":")
            entry.setdefault(name if len(name) == 1 else name.lower(), value.strip())
