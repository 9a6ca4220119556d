"""Tab-separated fact files: what the file says about itself, then rows by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Table:
    """A fact file in memory; rows stay text until they are asked for.

    Attributes:
        about: The `# key: value` lines on top, such as `source` and `as_of`.
        columns: Column names; the first column names the row.
        rows: The whole line of each row, by the name in its first cell.
    """

    about: Mapping[str, str]
    columns: tuple[str, ...]
    rows: Mapping[str, str]

    def cells(self, name: str) -> tuple[str, ...] | None:
        """Cells of a row in column order, the name included; None for an unknown name."""
        row = self.rows.get(name)
        return None if row is None else tuple(row.split("\t"))


@lru_cache
def read_table(path: Path) -> Table:
    """Read a fact file, once."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = takewhile(lambda line: line.startswith("# "), lines)
    about = dict(line[2:].split(": ", 1) for line in head)
    columns, *body = lines[len(about) :]
    return Table(about, tuple(columns.split("\t")), {row.partition("\t")[0]: row for row in body})
