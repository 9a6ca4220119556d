"""Values of sbatch's options, as Slurm reads them. Each reader returns None for what it refuses.

Source: SchedMD/slurm, tag slurm-26-05-3-1, src/common/proc_args.c (`str_to_mbytes`,
`verify_node_count`, `parse_int`) and src/common/parse_time.c (`time_str2secs`), 2026-11-23.
"""

from __future__ import annotations

import math
import re
from typing import Final

_MEMORY: Final = re.compile(r"\s*\+?(\d+)([kKmMgGtT]?)[bB]?$")
_MIB: Final = {"": 1, "m": 1, "g": 1024, "t": 1024**2}
_TIME: Final = re.compile(r"(?:(\d+)-(\d+)(?::(\d+))?(?::(\d+))?|(\d+)(?::(\d+))?(?::(\d+))?)$")
_ENDLESS: Final = frozenset({"-1", "infinite", "unlimited"})
_NODES: Final = re.compile(r"\s*\+?(\d+)([kK]?)([mM]?)\s*$")
_COUNT: Final = re.compile(r"(\d{1,9})([kKmMgGtT])$")
_INDICES: Final = re.compile(r"(\d+)(?:-(\d+)(?::(\d+))?)?$")
_MOST_DIGITS: Final = 9


def integer(text: str) -> int | None:
    """A whole number of 0 or more."""
    text = text.strip()
    fits = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if fits else None


def positive(text: str) -> int | None:
    """A whole number of 1 or more."""
    return integer(text) or None


def mebibytes(text: str) -> int | None:
    """`4G` -> 4096; a number alone is MiB already."""
    found = _MEMORY.match(text)
    if found is None or len(found[1]) > _MOST_DIGITS:
        return None
    number, unit = int(found[1]), found[2].lower()
    return math.ceil(number / 1024) if unit == "k" else number * _MIB[unit]


def minutes(text: str) -> float | None:
    """`90`, `2:30` (minutes and seconds), `1:00:00`, `1-12`; rounded up to whole minutes."""
    if text.lower() in _ENDLESS:
        return math.inf
    found = _TIME.match(text)
    if found is None or len(text) > 3 * _MOST_DIGITS:
        return None
    days, hours, mins, secs, first, second, third = (int(part or 0) for part in found.groups())
    if found[1] is not None:
        seconds = days * 86400 + hours * 3600 + mins * 60 + secs
    elif found[7] is not None:
        seconds = first * 3600 + second * 60 + third
    else:
        seconds = first * 60 + second
    return math.ceil(seconds / 60)


def node_range(text: str) -> tuple[int, int] | None:
    """Least and most nodes: `4`, `2-8`, `1k`, or a list such as `2,4,8`."""
    if "," in text or ":" in text:
        numbers = re.findall(r"\d{1,9}", text)
        fits = re.fullmatch(r"[\d,:-]+", text) and numbers
        return (int(numbers[0]), max(map(int, numbers))) if fits else None
    least, dash, most = text.partition("-")
    low, high = _nodes(least), _nodes(most) if dash else None
    if dash and low is None and not least.strip():
        low = 1
    if low is None or (dash and high is None):
        return None
    high = low if high is None else high
    return (low, high) if not high or high >= low else None


def _nodes(text: str) -> int | None:
    found = _NODES.match(text)
    if found is None or len(found[1]) > _MOST_DIGITS:
        return None
    return int(found[1]) * (1024 if found[2] else 1) * (1024**2 if found[3] else 1)


def last_index(text: str) -> int | None:
    """Highest index of an array such as `0-15:4%2` or `1,3,5-7`."""
    indices, percent, limit = text.partition("%")
    if percent and integer(limit) is None:
        return None
    highest = -1
    for part in indices.strip("[]").split(","):
        found = _INDICES.match(part)
        if found is None or any(len(g or "") > _MOST_DIGITS for g in found.groups()):
            return None
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first or found[3] == "0":
            return None
        highest = max(highest, last)
    return highest


def gpus(text: str) -> tuple[str, int] | None:
    """Type, which may be empty, and number: `4`, `a100:4`, `a100` (one)."""
    kind, colon, number = text.rpartition(":")
    count = _count(number)
    if not colon and count is None:
        return None if text[:1].isdigit() else (text, 1)
    return None if count is None else (kind, count)


def _count(text: str) -> int | None:
    """`4`, also `2k` as Slurm has it of everything that it counts."""
    found = _COUNT.match(text)
    if found is None:
        return integer(text)
    return int(found[1]) << 10 * ("kmgt".index(found[2].lower()) + 1)


def resources(text: str) -> list[tuple[str, str, int]] | None:
    """Name, type and number of `--gres`: `gpu:a100:2,scratch:10`, also with `gres/` before."""
    if text.lower() == "none":
        return []
    found = []
    for part in text.split(","):
        name, *rest = part.strip().removeprefix("gres/").replace("=", ":").split(":")
        if not name or not all(rest) or len(rest) > 2:  # noqa: PLR2004
            return None
        count = _count(rest[-1]) if rest else 1
        kind = rest[0] if len(rest) == 2 or (rest and count is None) else ""  # noqa: PLR2004
        if len(rest) == 2 and count is None:  # noqa: PLR2004
            return None
        found.append((name, kind, 1 if count is None else count))
    return found
