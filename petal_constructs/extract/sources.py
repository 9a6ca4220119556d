"""What the user names -> trees of files, and images among them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from petal_constructs.errors import UsageError
from petal_constructs.extract import oci
from petal_constructs.extract.found import Note, Tree

MOST_FILES: Final = 500_000
LARGEST_FILE: Final = 300_000_000
_ARCHIVE: Final = re.compile(r"(?s).*\.(tar(\.(gz|bz2|xz))?|tgz|oci)", re.IGNORECASE)
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
        yield _file_note(str(path)) or Tree("", {str(path): partial(_read, str(path))})


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(512)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _file_note(path: str) -> Note | None:
    hint = _UNREADABLE.get(Path(path).suffix.lower())
    return Note(path, "this kind of image cannot be read", hint) if hint else None


def _folder(root: Path, wanted: Callable[[str], bool]) -> Iterator[Tree | Note]:
    found = _Folder()
    found.walk(str(root))
    yield Tree(str(root), found.files, notes=tuple(found.notes))
    for path in found.images:
        yield from oci.images(Path(path), path, wanted)


@dataclass(slots=True)
class _Folder:
    """What lies below a folder; links are not followed, and pipes, which never end, not opened."""

    files: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    images: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def walk(self, root: str) -> None:
        """Look into every folder below the root, files first."""
        todo = [(root, "")]
        while todo:
            folder, inside = todo.pop()
            if oci.is_layout(Path(folder)):
                self.images.append(folder)
                continue
            entries = self._entries(folder)
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    self._file(entry.path, f"{inside}{entry.name}")
            folders = [e for e in entries if e.is_dir(follow_symlinks=False)]
            todo += [(e.path, f"{inside}{e.name}/") for e in reversed(folders)]
            if len(self.files) > MOST_FILES:
                self.notes.append(Note(root, f"more than {MOST_FILES:,} files: not all are read"))
                return

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.notes.append(Note(folder, f"cannot be read: {error.strerror}"))
            return []

    def _file(self, path: str, inside: str) -> None:
        if _ARCHIVE.fullmatch(path):
            self.images.append(path)
        elif note := _file_note(path):
            self.notes.append(note)
        else:
            self.files[inside] = partial(_read, path)


def _read(path: str) -> bytes:
    with Path(path).open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise OSError(None, f"larger than {LARGEST_FILE:,} bytes")
    return data
