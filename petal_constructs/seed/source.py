"""The text of a seed file: read with care, and able to show any place in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from petal_constructs.errors import Place, Problem, UsageError

MAX_BYTES: Final = 1_000_000

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""What YAML 1.1 does not count among printable characters (chapter 5.1)."""


class Mark(NamedTuple):
    """A position: line and column, both from 0."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """Text and the name that problems call it by."""

    file: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        return self.text.splitlines()

    def place(self, mark: Mark) -> Place:
        """The place of a mark, with its line."""
        text = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return Place(self.file, mark.line + 1, mark.column + 1, text)

    def empty(self) -> Problem:
        """The problem of a file with nothing in it."""
        return Problem(
            "P004",
            "",
            "the file holds no keys",
            "start from a seed in seeds/, or write cluster: and compute:",
            place=Place(self.file, 1, 1),
        )


def read(path: Path) -> Source | Problem:
    """Text of a file, or what keeps it from being text.

    Raises:
        UsageError: There is no such file, or it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise UsageError(f"{path}: a folder, not a seed file") from None
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    return decode(str(path), data)


def decode(name: str, data: bytes) -> Source | Problem:
    """Text of a seed's bytes (UTF-8, at most 1 MB), or what keeps them from being text."""
    if len(data) > MAX_BYTES:
        return Problem(
            "P002",
            "",
            f"the file is larger than {MAX_BYTES:,} bytes",
            "is this the right file? A seed with hundreds of users has about 100,000",
            place=Place(name, 1, 1),
        )
    try:
        source = Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        byte = f"the byte 0x{data[error.start]:02x}"
        before = data[: error.start].decode("utf-8-sig", "replace")
        readable = Source(name, data.decode("utf-8-sig", "replace"))
        return _no_text(readable, f"{byte} is not UTF-8", len(before))
    strange = _NO_TEXT.search(source.text)
    if strange:
        character = f"the control character U+{ord(strange[0]):04X}"
        return _no_text(source, f"{character} cannot stand in YAML", strange.start())
    return source


def _no_text(source: Source, message: str, offset: int) -> Problem:
    above = source.text[:offset].splitlines(keepends=True) or [""]
    if above[-1].endswith(("\n", "\r")):
        above.append("")
    place = source.place(Mark(len(above) - 1, len(above[-1])))
    return Problem("P003", "", message, "save the file as plain text in UTF-8", place=place)
