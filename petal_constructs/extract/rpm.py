"""Package databases of RPM, in the form of SQLite, which Fedora, RHEL 9 and Amazon Linux 2023 have.

A row is a header of RPM 4: two big-endian counts, an index of (tag, type, offset, count), then the
values. Format: rpm's docs/manual/hregions.md and lib/header.c; tags from rpmtag.h, 4.18.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from typing import Final

from petal_constructs.extract.found import Found, Note, Read, Tree

NAME: Final = 1000
VERSION: Final = 1001
PROVIDES: Final = 1047
REQUIRES: Final = 1049
_TEXTS: Final = (6, 8, 9)
"""Types of a text, of several, and of one in several languages."""
_MOST: Final = 1_000_000
"""Of texts in a header."""
_MOST_STEPS: Final = 100_000
"""Of a thousand instructions of SQLite each."""


@dataclass(frozen=True, slots=True)
class _Package:
    name: str
    version: str
    provides: frozenset[str]
    requires: frozenset[str]


def database(tree: Tree, path: str) -> Read:
    """`rpmdb.sqlite`: what nothing else needs is taken for asked for."""
    where = tree.place(path)
    try:
        packages = tuple(_packages(tree.files[path]()))
    except (sqlite3.Error, struct.error, ValueError, IndexError) as error:
        yield Note(where, f"this database of RPM's is broken: {error}")
        return
    if tree.files.get(f"{path}-wal", bytes)():
        yield Note(where, "what was installed last may be missing: its journal (-wal) is not read")
    users = _users(packages)
    for package in packages:
        user = users.get(package.name)
        reason = f"{user} needs it" if user else ""
        yield Found("rpm", package.name, package.version, where, reason)


def older(tree: Tree, path: str) -> Read:
    """Databases of RPM's other forms."""
    form = "NDB" if path.endswith(".db") else "Berkeley DB"
    hint = "list its packages with rpm -qa and give petal the list, or name an rpmdb.sqlite"
    yield Note(tree.place(path), f"a database of RPM's in the form of {form} cannot be read", hint)


def _packages(data: bytes) -> Iterator[_Package]:
    with closing(sqlite3.connect(":memory:")) as connection:
        # bytes 18 and 19 ask for a journal file beside it, which a database in memory has not
        connection.deserialize(data[:18] + b"\1\1" + data[20:])
        steps = count()  # a table may be a view that never ends
        connection.set_progress_handler(lambda: next(steps) > _MOST_STEPS, 1000)
        for (blob,) in connection.execute("SELECT blob FROM Packages ORDER BY hnum"):
            if not isinstance(blob, bytes):
                raise ValueError("a row holds no header")  # noqa: TRY004  # of the file, not a bug
            yield _package(blob)


def _package(blob: bytes) -> _Package:
    tags = dict(_tags(blob))
    if NAME not in tags or VERSION not in tags:
        raise ValueError("a header has no name or no version")
    name, version = tags[NAME][0], tags[VERSION][0]
    provides = frozenset((name, *tags.get(PROVIDES, ())))
    return _Package(name, version, provides, frozenset(tags.get(REQUIRES, ())))


def _tags(blob: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The texts of the tags that are wanted."""
    entries, size = struct.unpack_from(">II", blob)
    start = 8 + 16 * entries
    if start + size > len(blob):
        raise ValueError("a header is cut")
    values = blob[start : start + size]
    for index in range(entries):
        tag, kind, offset, count = struct.unpack_from(">IIII", blob, 8 + 16 * index)
        if tag in (NAME, VERSION, PROVIDES, REQUIRES) and kind in _TEXTS and count <= _MOST:
            parts = values[offset:].split(b"\0", count)[:count]
            yield tag, tuple(part.decode("utf-8", "replace") for part in parts)


def _users(packages: tuple[_Package, ...]) -> Mapping[str, str]:
    """Package -> one that needs it."""
    owner = {given: package.name for package in packages for given in package.provides}
    return {
        owner[need]: package.name
        for package in packages
        for need in sorted(package.requires)
        if need in owner and owner[need] != package.name
    }
