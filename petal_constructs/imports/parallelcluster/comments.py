"""The comments at the top of a seed that was made from something else."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Final

from petal_constructs.errors import Problem
from petal_constructs.imports.parallelcluster.ledger import Entry

_WIDTH: Final = 98
_LONGEST_VALUE: Final = 60
_TITLES: Final = {
    "decide": "To decide",
    "changed": "Changed: the seed has something near",
    "lost": "Left out: the seed has nothing for it",
}


def head(file: str, entries: Sequence[Entry], problems: Sequence[Problem]) -> str:
    """The comments, without a final line end.

    Args:
        file: What the seed was made from.
        entries: What became of its values.
        problems: What is wrong with the seed.
    """
    name = shown(PurePath(file).name, _LONGEST_VALUE)
    lines = [
        f"Made by petal import from {name}, a configuration of AWS ParallelCluster.",
        "Look at what is said here, then try petal validate and petal plan.",
    ]
    for fate, title in _TITLES.items():
        said = [*_said(entry for entry in entries if entry.fate == fate)]
        said += [*_wrong(problems, entries)] if fate == "decide" else []
        if said:
            told = (line for reason, values in said for line in _bullet(reason, values))
            lines += ["", f"{title}:", *told]
    lines += ["", _counts(entries)]
    return "\n".join(f"# {line}".rstrip() for line in lines)


def shown(value: object, longest: int = 200) -> str:
    """Anything on one line, as it is where that is possible."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    printable = "".join(c if c.isprintable() else "?" for c in text)
    return printable if len(printable) <= longest else f"{printable[: longest - 3]}..."


def _said(entries: Iterable[Entry]) -> Iterator[tuple[str, list[str]]]:
    """Each reason, and below it the values that it is for."""
    by_reason: dict[str, list[Entry]] = {}
    for entry in entries:
        what = f"{entry.seed}: " if entry.seed and not entry.path else ""
        by_reason.setdefault(f"{what}{entry.reason}", []).append(entry)
    for reason, found in by_reason.items():
        yield shown(reason, 400), list(_values(found))


def _values(entries: Iterable[Entry]) -> Iterator[str]:
    """Paths and values; those that differ in the numbers of lists alone are told together."""
    alike: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        path = re.sub(r"\[[0-9]+\]", "[]", entry.path)
        alike.setdefault((path, shown(entry.value, _LONGEST_VALUE)), []).append(entry)
    for (path, value), found in alike.items():
        name = shown(found[0].path if len(found) == 1 else path)
        if name:
            yield f"{name}: {value} ({_lines(found)})"
        elif found[0].line:
            yield f"{_lines(found)}" + (f": {value}" if found[0].value is not None else "")
        elif found[0].value is not None:
            yield shown(found[0].value)


def _lines(entries: Sequence[Entry], most: int = 8) -> str:
    numbers = [str(n) for n in dict.fromkeys(entry.line for entry in entries)]
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return f"line{'s' * (len(numbers) > 1)} {', '.join(numbers[:most])}{more}"


def _wrong(
    problems: Iterable[Problem], entries: Sequence[Entry]
) -> Iterator[tuple[str, list[str]]]:
    """Errors of the seed, each with the line that brought it there."""
    for problem in problems:
        if not problem.is_error:
            continue
        line = next(
            (e.line for e in entries if e.line and e.seed and _about(problem.path, e.seed)), 0
        )
        where = f" (from line {line})" if line else ""
        hint = f"; {problem.hint}" if problem.hint else ""
        yield shown(f"{problem.path}{where}: {problem.message}{hint}", 400), []


def _about(path: str, seed: str) -> bool:
    return path == seed or path.startswith((f"{seed}.", f"{seed}["))


def _counts(entries: Sequence[Entry]) -> str:
    counted = {
        "kept": "in the seed",
        "same": "as on all clusters of petal",
        "empty": "empty",
    }
    found = {fate: sum(entry.fate == fate for entry in entries) for fate in counted}
    said = [f"{found[fate]} {words}" for fate, words in counted.items() if found[fate]]
    return f"Other values: {', '.join(said) or 'none'}."


def _bullet(reason: str, values: Sequence[str]) -> list[str]:
    """A reason, wrapped, and its values on a line each."""
    lines = textwrap.wrap(
        f"{reason}:" if values else reason,
        _WIDTH,
        initial_indent="- ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [*lines, *(f"    {value}" for value in values)]
