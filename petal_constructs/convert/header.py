"""The comments that a conversion writes above a seed, and what the way back reads in them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from petal_constructs.convert.report import Report

_FIRST: Final = "# petal convert: "
_MEMORY: Final = "#   to go back: "
_LAST: Final = "# petal convert: end of the report"
_HEADER: Final = re.compile(
    rf"{_FIRST}from .*?(?:\r\n|\r|\n)(?:#.*?(?:\r\n|\r|\n))*?{_LAST}(?:\r\n|\r|\n)"
)


@dataclass(frozen=True, slots=True)
class Side:
    """What stood in a seed when it was left for another platform."""

    name: str
    """Of the cluster."""
    platform: str | None
    """As it was written; None where it was not."""
    told: tuple[str, ...] = ()
    """What petal warned of: codes and paths."""


@dataclass(slots=True)
class Memory:
    """What the way back needs."""

    sides: dict[str, Side] = field(default_factory=dict)
    """By platform, the seeds that a seed was made from."""
    added: dict[str, str] = field(default_factory=dict)
    """Paths that a conversion added, with what it wrote."""


def split(text: str) -> tuple[Memory, str]:
    """What an earlier conversion wrote above a seed, and the seed."""
    found = _HEADER.match(text)
    if not found:
        return Memory(), text
    lines = found[0].splitlines()
    noted = next((line for line in lines if line.startswith(_MEMORY)), _MEMORY)
    return _memory(noted.removeprefix(_MEMORY)), text[found.end() :]


def _memory(noted: str) -> Memory:
    """Anybody may have edited it: what is not as petal writes it is forgotten."""
    try:
        said: Any = json.loads(noted)
        sides = {
            str(name): Side(_text(s["name"]), s["platform"], tuple(map(_text, s["told"])))
            for name, s in said["sides"].items()
            if s["platform"] is None or _text(s["platform"])
        }
        return Memory(sides, {_text(path): _text(v) for path, v in said["added"].items()})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Memory()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def header(report: Report, memory: Memory, newline: str) -> str:
    """The comments above a seed; empty where there is nothing to tell or to take out again."""
    if not report.told and not memory.added:
        return ""
    known = {"sides": {n: asdict(s) for n, s in memory.sides.items()}, "added": memory.added}
    way = f"from {report.source} to {report.target}"
    lines = [
        f"{_FIRST}{way}. Delete this report when nothing is left to do.",
        *(f"#   {row.line}" for row in report.told),
        *([_MEMORY + json.dumps(known)] if any(known.values()) else []),
        _LAST,
    ]
    return "".join(f"{_one_line(line)}{newline}" for line in lines)


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
