"""What differs between two plans, as the tables that people read say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from petal_constructs.plan.tables import Table

ABSENT: Final = "-"
"""Stands for what a side does not have."""

_Rows = dict[str, list[tuple[str, ...]]]
"""First cell -> the other cells of its rows; a row without one continues the row above."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same on both sides; None where a side does not have it."""

    what: str
    """Such as `queues: compute, nodes`."""
    first: str | None
    second: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two plans beside each other."""

    first: str
    """What the first side is called."""
    second: str
    differences: tuple[Difference, ...]

    @property
    def table(self) -> Table:
        """For a person to read."""
        rows = ((d.what, d.first or ABSENT, d.second or ABSENT) for d in self.differences)
        return Table("what differs", ("what", self.first, self.second), tuple(rows))


def differences(first: Sequence[Table], second: Sequence[Table]) -> tuple[Difference, ...]:
    """What differs, in the order of the first side; what only the second has ends each table.

    Tables are the same if their titles begin with the same word, rows if their first cells are,
    and cells if they stand in the same column.
    """
    ours, theirs = ({_topic(table): table for table in side} for side in (first, second))
    return tuple(
        found
        for topic in dict.fromkeys((*ours, *theirs))
        for found in _in_table(topic, ours.get(topic), theirs.get(topic))
    )


def _topic(table: Table) -> str:
    return table.title.split()[0]


def _in_table(topic: str, first: Table | None, second: Table | None) -> Iterator[Difference]:
    ours, theirs = _rows(first), _rows(second)
    columns = zip_longest(
        first.columns if first else (), second.columns if second else (), fillvalue=ABSENT
    )
    headings = tuple(columns)[1:]
    for name in dict.fromkeys((*ours, *theirs)):
        what = f"{topic}: {name}"
        if name in ours and name in theirs:
            yield from _in_row(what, headings, ours[name], theirs[name])
        else:
            yield Difference(what, _whole(ours.get(name)), _whole(theirs.get(name)))


def _rows(table: Table | None) -> _Rows:
    found: _Rows = {}
    name = ""
    for first, *others in table.rows if table else ():
        name = first or name
        found.setdefault(name, []).append(tuple(others))
    return found


def _in_row(
    what: str,
    headings: Sequence[tuple[str, str]],
    first: Sequence[tuple[str, ...]],
    second: Sequence[tuple[str, ...]],
) -> Iterator[Difference]:
    for number, (ours, theirs) in enumerate(headings):
        one, other = _column(first, number), _column(second, number)
        if one != other:
            heading = ours if ours == theirs else f"{ours} / {theirs}"
            yield Difference(what if len(headings) == 1 else f"{what}, {heading}", one, other)


def _column(rows: Sequence[tuple[str, ...]], number: int) -> str | None:
    cells = (row[number] for row in rows if number < len(row))
    return "; ".join(filter(None, cells)) or None


def _whole(rows: Sequence[tuple[str, ...]] | None) -> str | None:
    return "; ".join(", ".join(filter(None, row)) for row in rows) if rows else None
