"""What can go wrong, as values (`Problem`) and as exceptions that carry an exit code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file a problem stands. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    text: str = ""
    """The source line, without its line end; empty where there is none to show."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a seed.

    Attributes:
        code: Stable name such as `P103`; `petal explain P103` says more.
        path: Where the user wrote it, e.g. `compute.queues[0].max_count`; empty for the whole file.
        message: The fact, lower case, with the value given and no final full stop.
        hint: One thing that the user can do; empty where there is none.
        level: `error` stops everything, `warning` never changes an exit code.
        place: File, line and column. Default: unknown (a seed built in Python has none).
    """

    code: str
    path: str
    message: str
    hint: str = ""
    level: Level = "error"
    place: Place | None = None

    @property
    def is_error(self) -> bool:
        """True for an error, False for a warning."""
        return self.level == "error"

    def __str__(self) -> str:
        """Render as compilers do: message, place, source line with caret, hint."""
        subject = f"{self.path}: " if self.path else ""
        lines = [f"{self.level}[{self.code}]: {subject}{self.message}"]
        if self.place is not None:
            lines += _excerpt(self.place)
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


_EXCERPT_WIDTH = 120


def _excerpt(place: Place) -> list[str]:
    lines = [f" --> {place.file}:{place.line}:{place.column}"]
    if place.text.strip():
        start = max(0, place.column - _EXCERPT_WIDTH) if len(place.text) > _EXCERPT_WIDTH else 0
        shown = place.text[start : start + _EXCERPT_WIDTH]
        printable = "".join(c if c.isprintable() else " " for c in shown)
        gutter = f"{place.line} | "
        bar = " " * (len(gutter) - 2) + "| "
        lines += [f"{gutter}{printable}".rstrip(), bar + " " * (place.column - 1 - start) + "^"]
    return lines


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort by place in the file; those without a place come first, equal ones keep their order."""
    return tuple(
        sorted(problems, key=lambda p: (p.place.line, p.place.column) if p.place else (0, 0))
    )


class PetalError(Exception):
    """Root of all that petal raises on purpose. `str(error)` is fit to be shown to a user."""

    exit_code: ClassVar[int] = 3


@dataclass
class SeedError(PetalError):
    """A seed has at least one error; `problems` holds all of them, warnings included."""

    problems: tuple[Problem, ...] = field(default_factory=tuple)
    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        """Every problem, a blank line between two."""
        return "\n\n".join(str(problem) for problem in self.problems)


class UsageError(PetalError):
    """The command was called wrongly, or a file that it names does not exist."""

    exit_code = 2


class ToolError(PetalError):
    """A tool that petal runs, or AWS, failed or is missing."""

    exit_code = 3
