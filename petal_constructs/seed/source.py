"""The text of a seed file: read with care, and able to show any place in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from petal_constructs.errors import Place, Problem, UsageError

if TYPE_CHECKING:
    from petal_constructs.seed.tree import Mark

MAX_BYTES: Final = 1_000_000


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
            "the file is empty",
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
            "a seed with hundreds of users is about 100 kB: is this the right file?",
            place=Place(name, 1, 1),
        )
    try:
        return Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        return Problem(
            "P003",
            "",
            f"byte 0x{data[error.start]:02x} is not UTF-8 text",
            "save the file as UTF-8",
            place=Place(name, line, column),
        )
