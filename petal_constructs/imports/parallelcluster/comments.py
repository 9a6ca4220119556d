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
        by_reason.setdefault(_alike(_reason(entry)), []).append(entry)
    for reason, found in by_reason.items():
        single = len({_reason(entry) for entry in found}) == 1
        yield shown(_reason(found[0]) if single else reason, 400), list(_values(found))


def _reason(entry: Entry) -> str:
    return f"{entry.seed}: {entry.reason}" if entry.seed and not entry.path else entry.reason


def _alike(text: str) -> str:
    """The same for all entries of a list."""
    return re.sub(r"\[[0-9]+\]", "[]", text)


def _values(entries: Iterable[Entry]) -> Iterator[str]:
    """Paths and values; those that differ in the numbers of lists alone are told together."""
    alike: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        alike.setdefault((_alike(entry.path), shown(entry.value, _LONGEST_VALUE)), []).append(entry)
    for (path, value), found in alike.items():
        name = shown(found[0].path if len(found) == 1 else path)
        if name:
            yield f"{name}: {value} ({_lines(entry.line for entry in found)})"
        elif found[0].line:
            yield _lines(entry.line for entry in found) + (
                f": {value}" if found[0].value is not None else ""
            )
        elif found[0].value is not None:
            yield shown(found[0].value)


def _lines(lines: Iterable[int], most: int = 8) -> str:
    numbers = [str(line) for line in dict.fromkeys(lines)]
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return f"line{'s' * (len(numbers) > 1)} {', '.join(numbers[:most])}{more}"


def _wrong(
    problems: Iterable[Problem], entries: Sequence[Entry]
) -> Iterator[tuple[str, list[str]]]:
    """Errors of the seed, each with the lines that brought it there."""
    alike: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in (problem for problem in problems if problem.is_error):
        said = (_alike(problem.path), problem.message, problem.hint)
        alike.setdefault(said, []).append(problem)
    for (path, message, hint), found in alike.items():
        name = found[0].path if len(found) == 1 else path
        lines = [line for problem in found if (line := _origin(problem, entries))]
        where = f" (from {_lines(lines)})" if lines else ""
        yield shown(f"{name}{where}: {message}{f'; {hint}' if hint else ''}", 400), []


def _origin(problem: Problem, entries: Sequence[Entry]) -> int:
    """The line of the file that brought it there; 0 for none."""
    found = (e.line for e in entries if e.line and e.seed and _about(problem.path, e.seed))
    return next(found, 0)


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
