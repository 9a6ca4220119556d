"""Images in folders and archives: their layers laid over one another, in memory.

Formats: OCI image-spec 1.1 (image layout, layer changesets with whiteouts) and what `docker save`
writes. Nothing is unpacked to disk; what lies outside the root is left out and noted.
"""

from __future__ import annotations

import json
import lzma
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from posixpath import normpath
from typing import IO, Any, Final, Protocol, Self

from petal_constructs.extract.found import Note, Tree, shown

MOST_PARTS: Final = 100_000
"""Of an archive that holds an image."""
MOST_ENTRIES: Final = 3_000_000
"""Of all layers of an image."""
LARGEST_FILE: Final = 300_000_000
MOST_KEPT: Final = 1_000_000_000
"""Bytes of all files that are looked into; the layers themselves are never in memory as a whole."""
LARGEST_HEADER: Final = 1_000_000
LARGEST_LAYER: Final = 60_000_000_000
_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_DIGEST: Final = re.compile(r"(sha256|sha512):([0-9a-f]{64,128})")
_LONG: Final = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class BrokenImageError(Exception):
    """The image cannot be read; the text says why."""


_BROKEN: Final = (
    *(BrokenImageError, tarfile.TarError, zlib.error, lzma.LZMAError),
    *(OSError, EOFError, ValueError, KeyError, RecursionError),
)


class _Parts(Protocol):
    """The files of which an image is made."""

    def open(self, name: str) -> IO[bytes]:
        """One of them; OSError or KeyError where it is not there."""
        ...


@dataclass(frozen=True, slots=True)
class _Folder:
    root: Path

    def open(self, name: str) -> IO[bytes]:
        path = self.root / name
        if not path.resolve().is_relative_to(self.root.resolve()) or not path.is_file():
            raise FileNotFoundError(name)
        return path.open("rb")


@dataclass(frozen=True, slots=True)
class _Archive:
    tar: tarfile.TarFile
    members: Mapping[str, tarfile.TarInfo]

    def open(self, name: str) -> IO[bytes]:
        member = self.members.get(name)
        file = self.tar.extractfile(member) if member else None
        if file is None:
            raise FileNotFoundError(name)
        return file


def _archive(tar: tarfile.TarFile) -> _Archive:
    members = {}
    while (member := tar.next()) is not None:
        members[normpath(member.name)] = member
        if len(members) > MOST_PARTS or member.offset > LARGEST_LAYER:
            raise BrokenImageError("it is larger than any image should be")
    return _Archive(tar, members)


class _Member(tarfile.TarInfo):
    """A header whose long names cannot fill the memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        member = super().frombuf(buf, encoding, errors)
        if member.type in _LONG and member.size > LARGEST_HEADER:
            raise BrokenImageError("a name in it is longer than any can be")
        return member


def is_layout(folder: Path) -> bool:
    """Whether a folder is an OCI image."""
    return (folder / "index.json").is_file() and (folder / "blobs").is_dir()


@contextmanager
def _parts(path: Path) -> Iterator[_Parts]:
    if path.is_dir():
        yield _Folder(path)
        return
    try:
        with tarfile.open(path, tarinfo=_Member) as tar:
            yield _archive(tar)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BrokenImageError(f"this is no archive that can be read: {error}") from None


def images(path: Path, name: str, wanted: Callable[[str], bool]) -> Iterator[Tree | Note]:
    """The images of a folder or an archive, each as a tree of the files that are wanted.

    Of an image for several machines the first is read.
    """
    try:
        with _parts(path) as parts:
            for layers in _manifests(parts):
                yield _Overlay(parts, name, wanted).tree(layers)
    except _BROKEN as error:
        yield Note(name, shown(f"this image cannot be read: {error}"))


def _manifests(parts: _Parts) -> Iterator[tuple[str, ...]]:
    """The layers of each image, as names of files."""
    try:
        index = _json(parts, "index.json")
    except OSError:
        yield from _docker(parts)
        return
    for entry in _list(index, "manifests"):
        layers = next(_layers(parts, entry, 0), None)
        if layers:
            yield layers


def _layers(parts: _Parts, entry: Any, depth: int) -> Iterator[tuple[str, ...]]:
    """Those of an image, or of each in an index, which may hold indexes itself."""
    if depth > 5:  # noqa: PLR2004  # nobody nests deeper, but a broken index may hold itself
        raise BrokenImageError("its indexes are nested too deep, or hold themselves")
    if isinstance(entry, dict) and _machine(entry) == "unknown":
        return  # what BuildKit attests of the image
    document = _json(parts, _blob(entry))
    for inner in _list(document, "manifests"):
        yield from _layers(parts, inner, depth + 1)
    if layers := _list(document, "layers"):
        yield tuple(map(_blob, layers))


def _machine(entry: dict[str, Any]) -> object:
    platform = entry.get("platform")
    return platform.get("architecture") if isinstance(platform, dict) else None


def _docker(parts: _Parts) -> Iterator[tuple[str, ...]]:
    try:
        listed = _json(parts, "manifest.json")
    except OSError:
        raise BrokenImageError("it has no index.json and no manifest.json") from None
    for image in listed if isinstance(listed, list) else ():
        yield tuple(str(layer) for layer in _list(image, "Layers"))


def _json(parts: _Parts, name: str) -> Any:
    with parts.open(name) as file:
        return json.loads(file.read(10_000_000))


def _list(document: Any, key: str) -> list[Any]:
    value = document.get(key) if isinstance(document, dict) else None
    return value if isinstance(value, list) else []


def _blob(entry: Any) -> str:
    digest = entry.get("digest") if isinstance(entry, dict) else None
    found = _DIGEST.fullmatch(digest) if isinstance(digest, str) else None
    if not found:
        raise BrokenImageError(f"{digest!r} is no digest")
    return f"blobs/{found[1]}/{found[2]}"


@dataclass(slots=True)
class _Overlay:
    """Layers laid over one another: of each path what the last layer says."""

    parts: _Parts
    name: str
    wanted: Callable[[str], bool]
    files: dict[str, bytes] = field(default_factory=dict)
    notes: dict[str, Note] = field(default_factory=dict)
    entries: int = 0
    kept: int = 0

    def tree(self, layers: tuple[str, ...]) -> Tree:
        """The image's files."""
        for layer in layers:
            self._lay(layer)
        files = {path: partial(bytes, data) for path, data in sorted(self.files.items())}
        return Tree(self.name, files, image=True, notes=tuple(self.notes.values()))

    def _lay(self, layer: str) -> None:
        added: dict[str, bytes] = {}
        try:
            with self.parts.open(layer) as file:
                if _is_zstd(file):
                    hint = "copy the image with: skopeo copy --dest-compress-format gzip"
                    self._note("a layer is compressed with zstd, which is not read", hint)
                    return
                with tarfile.open(fileobj=file, mode="r|*", tarinfo=_Member) as tar:
                    self._members(tar, added)
        except _BROKEN as error:
            self._note(f"a layer cannot be read to its end: {error}")
        self.files |= added

    def _members(self, tar: tarfile.TarFile, added: dict[str, bytes]) -> None:
        while (member := tar.next()) is not None:
            self.entries += 1
            if self.entries > MOST_ENTRIES or member.offset > LARGEST_LAYER:
                raise BrokenImageError("it is larger than any image should be")
            path = _inside(member.name)
            if path is None:
                self._note("names that lead out of the image are left out", example=member.name)
            else:
                self._member(tar, member, path, added)
            vars(tar)["members"].clear()  # or it would remember every file of the layer

    def _member(
        self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: str, added: dict[str, bytes]
    ) -> None:
        folder, _, base = path.rpartition("/")
        if base == _OPAQUE:
            self._remove(f"{folder}/" if folder else "")
        elif base.startswith(_WHITEOUT):
            hidden = f"{folder}/{base[len(_WHITEOUT) :]}".lstrip("/")
            self.files.pop(hidden, None)
            self._remove(f"{hidden}/")
        elif member.isreg():
            if self.wanted(path):
                added[path] = self._data(tar, member, path)
            self.files.pop(path, None)
        elif member.islnk() and self.wanted(path):
            target = _inside(member.linkname) or ""
            data = added.get(target, self.files.get(target))
            if data is None:
                self._note("a link leads to a file that is not looked into", example=path)
            else:
                added[path] = data

    def _remove(self, start: str) -> None:
        for path in [path for path in self.files if path.startswith(start)]:
            del self.files[path]

    def _data(self, tar: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> bytes:
        self.kept += member.size
        if member.size > LARGEST_FILE or self.kept > MOST_KEPT:
            self.kept -= member.size
            self._note("files that are too large are not looked into", example=path)
            return b""
        file = tar.extractfile(member)
        return file.read() if file else b""

    def _note(self, text: str, hint: str = "", *, example: str = "") -> None:
        """Once for each kind: an image may have millions of odd names."""
        said = f"{text}, e.g. {example}" if example else text
        self.notes.setdefault(text, Note(self.name, shown(said), hint))


def _inside(name: str) -> str | None:
    """The path from the root; None where it leads out of it."""
    path = normpath(name.lstrip("/") or ".")
    return None if path == ".." or path.startswith("../") or "\0" in path else path


def _is_zstd(file: IO[bytes]) -> bool:
    start = file.read(4)
    file.seek(0)
    return start == b"\x28\xb5\x2f\xfd"


def is_archive(start: bytes) -> bool:
    """Whether a file that starts like this may be an archive: tar, or gzip, bzip2, xz of one."""
    compressed = start.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ"))
    return compressed or start[257:262] == b"ustar"
