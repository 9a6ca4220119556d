"""Software lists of all kinds -> the software section of a seed. Nothing is run or unpacked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from petal_constructs.extract import readers, sources
from petal_constructs.extract.found import Note, Read, Tree
from petal_constructs.extract.names import answer
from petal_constructs.extract.report import Extraction, extraction
from petal_constructs.extract.spack_packages import SpackPackages

__all__ = ["Extraction", "extract"]


def extract(paths: Iterable[Path], known: SpackPackages | None = None) -> Extraction:
    """What is found in files, folders and images, and what Spack calls it.

    Args:
        paths: Build contexts, Dockerfiles, environments, images, lists of modules.
        known: Spack's packages. Default: names are not checked.

    Raises:
        UsageError: One of the paths is not there.
    """
    found = [thing for path in paths for tree in _trees(path) for thing in _read(tree, path)]
    notes = [thing for thing in found if isinstance(thing, Note)]
    answers = [answer(thing, known) for thing in found if not isinstance(thing, Note)]
    return extraction(answers, notes, checked=known is not None)


def _trees(path: Path) -> Iterator[Tree | Note]:
    return sources.trees(path, readers.wanted)


def _read(tree: Tree | Note, path: Path) -> Read:
    if isinstance(tree, Note):
        yield tree
    elif tree.image or path.is_dir() or any(map(readers.is_known, tree.files)):
        yield from readers.read(tree)
    else:
        yield from readers.read_module_list(tree)
