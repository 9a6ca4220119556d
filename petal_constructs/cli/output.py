"""What reaches the user: results on standard output or in a file, all else on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from petal_constructs.errors import Problem, UsageError

if TYPE_CHECKING:
    from petal_constructs.plan.tables import Table

_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m"}
_PLAIN = "\x1b[0m"


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at the stream, on a screen that can do more than a typewriter."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def can_ask() -> bool:
    """Whether there is a person to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def tell(text: str) -> None:
    """Say something that is not a result."""
    print(text, file=sys.stderr, flush=True)


def progress(text: str) -> None:
    """Say how far the work is, to a person alone."""
    if is_terminal(sys.stderr):
        tell(text)


def write(text: str, file: Path | None = None) -> None:
    """Put out a result.

    Args:
        text: The result, without its last line end.
        file: Where to. Default: standard output.

    Raises:
        UsageError: The file cannot be written.
    """
    if file is None:
        print(text)
        return
    try:
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise cannot_write(file, error) from None


def cannot_write(path: Path, error: OSError) -> UsageError:
    """The error of a path that the user chose for output."""
    return UsageError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}")


def to_json(value: Any) -> str:
    """JSON in the order of the fields, indented, with every letter as itself."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def problem_text(problem: Problem, stream: TextIO) -> str:
    """A problem as text; on a coloured terminal its level stands out."""
    text = str(problem)
    if not is_terminal(stream) or os.environ.get("NO_COLOR"):
        return text
    return f"{_COLOURS[problem.level]}{problem.level}{_PLAIN}{text.removeprefix(problem.level)}"


def counted(number: int, what: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def plain_tables(tables: Iterable[Table]) -> str:
    """Tables as aligned text, a blank line between two."""
    return "\n\n".join(_plain_table(table) for table in tables)


def _plain_table(table: Table) -> str:
    rows = [table.columns, *table.rows]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([table.title, *(f"  {line}" for line in lines)])


def write_tables(tables: tuple[Table, ...], file: Path | None = None) -> None:
    """Put out tables: drawn on a terminal, else as aligned text."""
    if file is not None or not is_terminal(sys.stdout):
        write(plain_tables(tables), file)
        return
    import rich.box
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    console = Console(highlight=False)
    for table in tables:
        drawn = Drawn(title=table.title, title_justify="left", box=rich.box.SIMPLE_HEAD)
        for column in table.columns:
            drawn.add_column(column, overflow="fold")  # an ellipsis would lose text
        for row in table.rows:
            drawn.add_row(*map(Text, row))  # as it is: a cell may look like Rich's markup
        console.print(drawn)
