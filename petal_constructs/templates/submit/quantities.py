"""Values of options as numbers. Each reader returns None for what it does not understand.

Source: SchedMD/slurm, tag slurm-26-05-3-1, src/common/proc_args.c and src/common/parse_time.c.
"""

from __future__ import annotations

import datetime as dt
import re

_MEMORY = re.compile(r"(\d{1,9})([kKmMgGtT]?)[bB]?")
_MIB = {"": 1, "m": 1, "g": 1024, "t": 1024**2}
_TIME = re.compile(r"(?:(\d+)-(\d+)(?::(\d+))?(?::(\d+))?|(\d+)(?::(\d+))?(?::(\d+))?)")
_NODES = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")
_LATER = re.compile(r"now(?:\+(\d{1,9})([a-z]*))?")
_UNITS = {"": 1, "second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_HOURS = {"midnight": 0, "noon": 12, "fika": 15, "teatime": 16}

UNLIMITED = -1


def count(text: str) -> int | None:
    """A number of 1 or more."""
    return int(text) if re.fullmatch(r"0*[1-9]\d{0,8}", text) else None


def mebibytes(text: str) -> int | None:
    """`4G` -> 4096; a number alone is MiB already."""
    found = _MEMORY.fullmatch(text)
    if found is None:
        return None
    number, unit = int(found[1]), found[2].lower()
    return -(-number // 1024) if unit == "k" else number * _MIB[unit]


def minutes(text: str) -> int | None:
    """`90`, `2:30` (minutes and seconds), `1:00:00`, `1-12`; rounded up. `UNLIMITED` for no end."""
    if text.lower() in ("-1", "infinite", "unlimited"):
        return UNLIMITED
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    days, hours, mins, secs, first, second, third = (int(part or 0) for part in found.groups())
    if found[1] is not None:
        seconds = days * 86400 + hours * 3600 + mins * 60 + secs
    elif found[7] is not None:
        seconds = first * 3600 + second * 60 + third
    else:
        seconds = first * 60 + second
    return -(-seconds // 60)


def node_range(text: str) -> tuple[int, int] | None:
    """Least and most nodes: `4`, `2-8`."""
    found = _NODES.fullmatch(text)
    if found is None:
        return None
    least, most = int(found[1]), int(found[2] or found[1])
    return (least, most) if 1 <= least <= most else None


def moment(text: str, now: dt.datetime) -> int | None:
    """Seconds since 1970 of `now+2hours`, `18:30`, `tomorrow`, `2027-01-31T12:00`; local times."""
    later = _LATER.fullmatch(text)
    if later:
        unit = _UNITS.get((later[2] or "").rstrip("s"))
        return None if unit is None else int(now.timestamp()) + int(later[1] or 0) * unit
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if text in ("today", "tomorrow"):
        return int((now if text == "today" else day + dt.timedelta(1)).timestamp())
    try:
        clock = _clock(text)
        day = dt.datetime.combine(now, clock) if clock else dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    passed = clock is not None and day <= now
    return int((day + dt.timedelta(passed)).timestamp())


def _clock(text: str) -> dt.time | None:
    if text in _HOURS:
        return dt.time(_HOURS[text])
    found = _CLOCK.fullmatch(text)
    return dt.time(int(found[1]), int(found[2]), int(found[3] or 0)) if found else None
