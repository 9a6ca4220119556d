"""What the user names -> trees of files, and images among them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

from petal_constructs.errors import UsageError
from petal_constructs.extract import oci
from petal_constructs.extract.found import Note, Tree

MOST_FILES: Final = 500_000
LARGEST_FILE: Final = 300_000_000
_ARCHIVE: Final = re.compile(r".*\.(tar(\.(gz|bz2|xz))?|tgz|oci)", re.IGNORECASE)
_UNREADABLE: Final = {
    ".sif": "an Apptainer image: unpack it with apptainer build --sandbox FOLDER IMAGE",
    ".sqsh": "a squashed file system: unpack it with unsquashfs",
    ".squashfs": "a squashed file system: unpack it with unsquashfs",
}


def trees(path: Path, wanted: Callable[[str], bool]) -> Iterator[Tree | Note]:
    """The trees of a file or a folder; links out of a folder are not followed.

    Args:
        path: File or folder.
        wanted: Whether a file of an image is to be looked into, by its path from the root.

    Raises:
        UsageError: It is not there, or cannot be read.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    if stat.S_ISDIR(mode):
        yield from _folder(path, wanted)
    elif not stat.S_ISREG(mode):
        raise UsageError(f"{path}: neither a file nor a folder")
    elif oci.is_archive(_start(path)):
        yield from oci.images(path, str(path), wanted)
    else:
        yield _file_note(path) or Tree("", {str(path): partial(_read, path)})


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(512)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _file_note(path: Path) -> Note | None:
    hint = _UNREADABLE.get(path.suffix.lower())
    return Note(str(path), "this kind of image cannot be read", hint) if hint else None


def _folder(root: Path, wanted: Callable[[str], bool]) -> Iterator[Tree | Note]:
    files: dict[str, Callable[[], bytes]] = {}
    images: list[Path] = []
    notes: list[Note] = []

    def unreadable(error: OSError) -> None:
        notes.append(Note(str(error.filename), f"cannot be read: {error.strerror}"))

    for folder, folders, names in os.walk(root, onerror=unreadable):
        if oci.is_layout(Path(folder)):
            images.append(Path(folder))
            folders.clear()
            continue
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if not _is_plain(path):
                continue
            if _ARCHIVE.fullmatch(name):
                images.append(path)
            elif note := _file_note(path):
                notes.append(note)
            else:
                files[path.relative_to(root).as_posix()] = partial(_read, path)
        if len(files) > MOST_FILES:
            notes.append(Note(str(root), f"more than {MOST_FILES:,} files: the rest is not read"))
            break
    yield Tree(str(root), files, notes=tuple(notes))
    for path in images:
        yield from oci.images(path, str(path), wanted)


def _is_plain(path: Path) -> bool:
    """A file itself: no link, which may lead anywhere, and no pipe, which would never end."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise OSError(None, f"larger than {LARGEST_FILE:,} bytes")
    return data
