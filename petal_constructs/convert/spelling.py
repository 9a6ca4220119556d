"""The older spelling of a seed to today's, and back, in the text."""

from __future__ import annotations

import json
from dataclasses import dataclass

from petal_constructs.convert.report import Rows
from petal_constructs.convert.spans import Entry, line_start
from petal_constructs.convert.text import Path, Text, shifted
from petal_constructs.errors import UsageError
from petal_constructs.seed.spelling import MOVES, dotted


@dataclass(frozen=True, slots=True)
class Respelt:
    """A text in another spelling."""

    text: Text
    moved: tuple[tuple[Path, Path], ...]
    """Where keys stood, and where they stand."""

    def tell(self, rows: Rows, but: Respelt | None = None) -> None:
        """Report what moved, but not what another change had moved the other way."""
        before = {new for _, new in but.moved} if but else set()
        for old, new in self.moved:
            if old not in before:
                rows.add("changed", dotted(old), f"is {dotted(new)} now")


def to_newer(text: Text) -> Respelt:
    """Older keys at today's places."""
    return _respelt(text, MOVES)


def to_older(text: Text) -> Respelt:
    """Today's keys at older places, where these have one for them."""
    return _respelt(text, tuple((new, old) for old, new in MOVES))


def _respelt(text: Text, moves: tuple[tuple[Path, Path], ...]) -> Respelt:
    moved = []
    for old, new in moves:
        if text.entry(*old) is not None:
            text = _moved(text, old, new)
            moved.append((old, new))
    return Respelt(text, tuple(moved))


def _moved(text: Text, old: Path, new: Path) -> Text:
    if old[:-1] == new[:-1]:
        return text.renamed(old, str(new[-1]))
    text = text.written_out(old[:-1]).written_out(new[:-1])
    own, home = text.at(*old[:-1]), text.entry(*new[:-1])
    if home is None and len(own.value.entries or {}) == 1:
        return text.renamed(old, str(new[-1])).renamed(old[:-1], str(new[0]))
    if own.value.style == "flow" or (home is not None and home.value.style == "flow"):
        return _between_brackets(text, old, new)
    return text.mended(_lines_moved(text.renamed(old, str(new[-1])), old[0], new))


def _lines_moved(text: Text, section: str | int, new: Path) -> Text:
    """The lines of a key, below another section or below a new one right above its own."""
    own, entry = text.at(section), text.at(section, new[-1])
    start, end = text.lines(entry)
    start = text.comments_above(start)
    lines = text.text[start:end]
    cut = text.lines(own) if len(own.value.entries or {}) == 1 else (start, end)
    rest = text.replaced(*cut, "")
    home = rest.entry(new[0])
    if home is not None:
        return _below(rest, home, lines, entry.key.column)
    at = line_start(rest.text, own.key.start)
    indent = " " * own.key.column
    return rest.replaced(at, at, f"{indent}{new[0]}:{text.newline}{lines}")


def _below(text: Text, home: Entry, lines: str, column: int) -> Text:
    entries = [*(home.value.entries or {}).values()]
    wanted = entries[0].key.column if entries else home.key.column + 2
    at = text.lines(home)[1]
    return text.replaced(at, at, shifted(f"\n{lines}", wanted - column)[1:])


def _between_brackets(text: Text, old: Path, new: Path) -> Text:
    """A key of a section in brackets, as a section in brackets before it."""
    own, entry = text.at(*old[:-1]), text.at(*old)
    if text.entry(*new[:-1]) is not None or own.value.style != "flow":
        raise UsageError(
            f"{text.file}: {dotted(old)} cannot be moved to {dotted(new)} between brackets\n"
            f"hint: write {dotted(new)} by hand"
        )
    quoted = text.text[own.key.start] == '"'
    names = [json.dumps(str(part)) if quoted else str(part) for part in new]
    body = text.text[entry.key.end : entry.value.end]
    between = f"{text.newline}{' ' * own.key.column}"
    separator = ", " if text.document.root.style == "flow" else between
    section = f"{names[0]}: {{{names[1]}{body}}}{separator}"
    rest = text.without_entry(*old)
    return rest.replaced(own.key.start, own.key.start, section)
