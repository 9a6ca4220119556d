"""Which file is read by what."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from petal_constructs.extract import (
    conda,
    definition,
    dockerfile,
    dpkg,
    module_trees,
    python,
    r,
    rpm,
    spack_files,
)
from petal_constructs.extract.found import Found, Note, Read, Tree, shown

_START: Final = r"(?s:.*/)?"
"""Folders, whose names may hold any character."""


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads files of one kind."""

    path: re.Pattern[str]
    """Matches the whole path from the root of a source."""
    read: Callable[[Tree, Sequence[str]], Iterable[Read]]
    images: bool = True
    """Whether it is for files in images too, not only for those that people write."""


def _each(pattern: str, read: Callable[[Tree, str], Read], *, images: bool = True) -> Reader:
    """A reader of one file at a time; those that people write are not large."""
    path = re.compile(_START + pattern)
    read = read if images else _small(read)
    return Reader(path, lambda tree, paths: (read(tree, path) for path in paths), images)


LARGEST_TEXT: Final = 2_000_000


def _small(read: Callable[[Tree, str], Read]) -> Callable[[Tree, str], Read]:
    def reading(tree: Tree, path: str) -> Read:
        if len(tree.files[path]()) > LARGEST_TEXT:
            yield Note(tree.place(path), f"larger than {LARGEST_TEXT:,} bytes, and not read")
        else:
            yield from read(tree, path)

    return reading


def _all(pattern: str, read: Callable[[Tree, Iterable[str]], Read]) -> Reader:
    """A reader that compares the files of its kind with one another."""
    return Reader(re.compile(_START + pattern), lambda tree, paths: (read(tree, paths),))


_PETAL: Final = re.compile(_START + r"opt/petal/[\w.-]+/packages\.tsv")
_MODULE_FILE: Final = re.compile(
    r"(?s)"  # in petal's own images packages.tsv says the same, and better
    r"(?!(?:.*/)?opt/petal/)(?!.*\.(?:[chao]|ko|so|py|pyc|js|json|pm|rb|sh|txt|md|mo|html|xz|gz)$)"
    + _START
    + r"(?:modulefiles|lmod|modules|privatemodules)/(?:.+/)?[^/.][^/]*/[^/.][^/]*"
)

READERS: Final = (
    _each(
        r"(?:[\w.-]*\.)?(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?", dockerfile.read, images=False
    ),
    _each(r"spack\.ya?ml", spack_files.environment, images=False),
    _each(r"spack\.lock", spack_files.lock, images=False),
    _each(r"requirements[\w.-]*\.txt", python.requirements, images=False),
    _each(r"environment[\w.-]*\.ya?ml", conda.environment, images=False),
    _each(r"renv\.lock", r.renv, images=False),
    _each(r"(?:[^/]+\.def|Singularity(?:\.[\w.-]+)?)", definition.read, images=False),
    _each(r"(?:install|setup|packages)[\w.-]*\.[rR]", r.script, images=False),
    _each(r"[\w.-]*modules?[\w.-]*\.(?:txt|list|lst)", module_trees.module_list, images=False),
    _each(r"groups/[^/]+/packages\.tsv", spack_files.layer_table, images=False),
    Reader(_PETAL, lambda tree, paths: (spack_files.image_table(tree, path) for path in paths)),
    _each(r"\.spack-db/index\.json", spack_files.database),
    _each(r"\.spack/spec\.json", spack_files.prefix),
    _each(r"var/lib/dpkg/(?:status|status\.d/(?!.*\.md5sums$)[^/]+)", dpkg.status),
    _each(r"lib/apk/db/installed", dpkg.apk),
    _each(r"(?:var/lib|usr/lib/sysimage)/rpm/rpmdb\.sqlite", rpm.database),
    _each(r"(?:var/lib|usr/lib/sysimage)/rpm/Packages(?:\.db)?", rpm.older),
    _all(r"conda-meta/[^/]+\.json", conda.installed),
    _all(r"(?:[^/]+\.dist-info/METADATA|[^/]+\.egg-info/PKG-INFO)", python.installed),
    _each(r"(?:library|site-library)/[^/]+/DESCRIPTION", r.installed),
    Reader(_MODULE_FILE, lambda tree, paths: (module_trees.installed(tree, p) for p in paths)),
)
_BESIDE: Final = re.compile(
    r"(?s)(?:.*/)?(?:[^/]+\.dist-info/(?:REQUESTED|INSTALLER)|etc/apk/world"
    r"|var/lib/apt/extended_states|rpm/rpmdb\.sqlite-wal)"
)
"""Files that readers of others ask for."""


def wanted(path: str) -> bool:
    """Whether a file of an image is to be looked into."""
    readers = (reader.path for reader in READERS if reader.images)
    return any(pattern.fullmatch(path) for pattern in (*readers, _BESIDE))


def is_known(path: str) -> bool:
    """Whether the name of a file says what it is."""
    return any(reader.path.fullmatch(path) for reader in READERS)


def read(tree: Tree) -> Read:
    """All that is found in a tree."""
    petal = tree.image and any(_PETAL.fullmatch(path) for path in tree.files)
    for found in _read(tree):
        if petal and isinstance(found, Found) and found.kind in ("deb", "rpm", "apk"):
            yield replace(found, not_needed="of the system below what petal built")
        else:
            yield found


def _read(tree: Tree) -> Read:
    yield from tree.notes
    left = list(tree.files)
    for reader in READERS:
        if tree.image and not reader.images:
            continue
        paths = [path for path in left if reader.path.fullmatch(path)]
        taken = set(paths)
        left = [path for path in left if path not in taken] if paths else left
        for found in reader.read(tree, paths) if paths else ():
            yield from _carefully(found, tree, paths)


def read_module_list(tree: Tree) -> Read:
    """The only file of a tree, which no other reader knows, as a list of modules."""
    for path in tree.files:
        yield from _carefully(_small(module_trees.module_list)(tree, path), tree, [path])


def _carefully(found: Read, tree: Tree, paths: Sequence[str]) -> Read:
    """A broken file ends its own reading and nothing else."""
    where = tree.place(paths[0]) if len(paths) == 1 else tree.name
    try:
        yield from found
    except json.JSONDecodeError as error:
        yield Note(where, shown(f"this is not JSON: {error}"))
    except (OSError, ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        yield Note(where, shown(f"cannot be read: {error}"))
