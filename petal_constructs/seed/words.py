"""How messages name what a user wrote: short, on one line, without control characters."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 60
_PLAIN = re.compile(r"[\w<./@:*!+-][\w ./@:*!=+-]*")


def shown(value: object) -> str:
    """A value: text in quotes, the rest as YAML writes it."""
    if isinstance(value, dict):
        return "a block of keys"
    if isinstance(value, tuple | list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    if not isinstance(value, str):
        return str(getattr(value, "text", value))[:_LONGEST]
    return repr(_cut(value))


def word(text: str) -> str:
    """A key or another name: as it is, in quotes where it is no plain word."""
    cut = _cut(text)
    return cut if _PLAIN.fullmatch(cut) else repr(cut)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
