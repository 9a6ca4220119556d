"""Package databases of Debian and Alpine: paragraphs of text.

Formats: deb-control(5) and apt's extended_states; Alpine's apk-v2 installed database, 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.extract.found import Found, Read, Tree

_BASE = ("required", "important", "standard")
"""Priorities of what a Debian system holds before anybody installs anything."""


def status(tree: Tree, path: str) -> Read:
    """`/var/lib/dpkg/status`, and the files of `status.d` in images without a package manager."""
    where = tree.place(path)
    automatic = _automatic(tree, path)
    for entry in paragraphs(tree.text(path)):
        name, state = entry.get("package", ""), entry.get("status", "install ok installed")
        if name and state.endswith(" installed"):
            version = entry.get("version", "")
            yield Found("deb", name, version, where, _reason(entry, name in automatic))


def _reason(entry: dict[str, str], automatic: bool) -> str:  # noqa: FBT001  # one of two facts
    if entry.get("essential") == "yes" or entry.get("priority") in _BASE:
        return "part of the base system, by its priority"
    return "came with something else, as apt noted" if automatic else ""


def _automatic(tree: Tree, path: str) -> frozenset[str]:
    """What apt installed because something else needs it."""
    states = path.partition("var/lib/dpkg/")[0] + "var/lib/apt/extended_states"
    if states not in tree.files:
        return frozenset()
    noted = paragraphs(tree.text(states))
    return frozenset(e.get("package", "") for e in noted if e.get("auto-installed") == "1")


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
