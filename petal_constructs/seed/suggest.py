"""`did you mean` for anything that can be misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice
from typing import Final

_MOST_COMPARED: Final = 500
_LONGEST: Final = 60
"""Both bound the time that a hint takes."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the nearest known word; empty where none is near."""
    near = nearest(word, known)
    return f"did you mean {near}?" if near else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, if any."""
    by_lower = {name.lower(): name for name in islice(known, _MOST_COMPARED)}
    near = difflib.get_close_matches(word.lower()[:_LONGEST], by_lower, n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


def one_of(names: Iterable[str], *, most: int = 12) -> str:
    """A hint that lists what may stand here, cut where the list is long."""
    names = list(names)
    if not names:
        return ""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"known are {', '.join(names[:most])}{more}"
