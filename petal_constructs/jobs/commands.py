"""What a shell script holds: commands, values, here-documents."""

from __future__ import annotations

from dataclasses import dataclass, field

from petal_constructs.jobs.findings import Spot
from petal_constructs.jobs.options import Word


@dataclass(frozen=True, slots=True)
class Command:
    """A program and its arguments."""

    words: tuple[Word, ...]
    outputs: tuple[Word, ...] = ()
    """Files that it writes to, by `>`."""
    document: Document | None = None
    """What it is given by `<<`."""

    @property
    def program(self) -> str:
        """Its name without its folder; empty where it is known only later."""
        first = self.words[0]
        return "" if first.dynamic else first.text.rpartition("/")[2]

    @property
    def spot(self) -> Spot:
        """Where it begins."""
        return self.words[0].spot


@dataclass(frozen=True, slots=True)
class Document:
    """A here-document."""

    text: str
    line: int
    """Its first line in the script."""
    filled: bool = False
    """Whether the shell fills in variables, as its mark has no quotes."""

    @property
    def lines(self) -> range:
        """Numbers of its lines in the script."""
        return range(self.line, self.line + self.text.count("\n") + 1)


@dataclass(frozen=True, slots=True)
class Mark:
    """What ends a here-document."""

    text: str
    dashed: bool
    """Whether tabs may stand before it."""
    fills: bool
    """Whether variables are filled in."""
    begin: int
    """Where it is named."""


@dataclass(slots=True)
class Script:
    """What was read."""

    commands: list[Command] = field(default_factory=list)
    assignments: list[Word] = field(default_factory=list)
    """Words such as `NAME=value`."""
    documents: list[Document] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)
    """Names that the script gives a meaning of its own."""
    open_quote: Spot | None = None
    """A quote or here-document that never ends: what follows was not understood."""
    cut: bool = False
    """Whether the script is longer than petal looks at."""
