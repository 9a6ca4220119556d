"""What a conversion changed, and what a person must know or decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from petal_constructs.plan.tables import Table

Kind = Literal["changed", "added", "restored", "aside", "note", "lost", "decide"]
WORDS: Final[dict[Kind, str]] = {
    "changed": "changed",
    "added": "added",
    "restored": "restored",
    "aside": "left aside",
    "note": "note",
    "lost": "lost",
    "decide": "decide",
}
"""How a kind is called. `restored` is what an earlier conversion had changed, `aside` what stays in
the seed without effect, `decide` what keeps the result from being built."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to know of a conversion."""

    kind: Kind
    path: str
    """Where it stands; for `lost` where it stood."""
    what: str
    hint: str = ""
    code: str = ""
    """Of the problem that says so; empty where petal itself changed something."""
    value: bool = False
    """Of `added`: whether `what` is the value, no more and no less."""

    @property
    def line(self) -> str:
        """The row as a comment has it."""
        code = f" [{self.code}]" if self.code else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{WORDS[self.kind]}: {self.path}: {self.what}{code}{hint}"


@dataclass(slots=True)
class Rows:
    """The rows of a conversion while it is made."""

    rows: list[Row] = field(default_factory=list)

    def add(
        self,
        kind: Kind,
        path: str,
        what: str,
        hint: str = "",
        code: str = "",
        *,
        value: bool = False,
    ) -> None:
        """One more row, if it is new."""
        row = Row(kind, path, what, hint, code, value)
        if row not in self.rows:
            self.rows.append(row)


@dataclass(frozen=True, slots=True)
class Report:
    """All that became of a seed."""

    seed: str
    source: str
    """Platform that the seed was for."""
    target: str
    rows: tuple[Row, ...]

    @property
    def undecided(self) -> tuple[Row, ...]:
        """What keeps the result from being built."""
        return tuple(row for row in self.rows if row.kind == "decide")

    @property
    def told(self) -> tuple[Row, ...]:
        """What stands at the top of the result: all but what went back to what it was."""
        return tuple(row for row in self.rows if row.kind != "restored")

    def tables(self) -> tuple[Table, ...]:
        """The report for people."""
        title = f"{self.seed}: from {self.source} to {self.target}"
        rows = ((WORDS[r.kind], r.path, r.what, r.hint) for r in self.rows)
        return (Table(title, ("", "in the seed", "what", "what to do"), tuple(rows)),)

    def to_json(self, output: str) -> dict[str, Any]:
        """The report for programs.

        Args:
            output: Where the result was written.
        """
        return {
            "seed": self.seed,
            "output": output,
            "from": self.source,
            "to": self.target,
            "rows": [
                {"kind": r.kind, "path": r.path, "what": r.what, "hint": r.hint, "code": r.code}
                for r in self.rows
            ],
            "undecided": len(self.undecided),
        }


def in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    """What must be decided first, then what is lost, then the rest."""
    first: tuple[Kind, ...] = ("decide", "lost")
    return tuple(sorted(rows, key=lambda r: first.index(r.kind) if r.kind in first else len(first)))
