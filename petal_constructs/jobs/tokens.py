"""The smallest parts of a shell script, and what stands between brackets."""

from __future__ import annotations

import re
from typing import Final

_LONGEST_SUM: Final = 1_000
"""Letters of `(( ... ))`."""
TOKEN: Final = re.compile(
    r"(?P<blank>(?:[ \t\r\f\v]|\\\n)++)"
    r"|(?P<line>\n)"
    r"|(?P<here><<-?(?!<)[ \t]*+(?:[\w.:+-]|\\.|'[^'\n]*'|\"[^\"\n]*\")++)"
    r"|(?P<redirection>\d?(?:<<<|<>|>>|>&|<&|&>>|&>|>\||[<>]))"
    r"|(?P<operator>;;&?|;&|&&|\|\||\|&|[;&|()])"
    r"|(?P<plain>[^\s\\'\"`$;&|()<>#]++)"
    r"|(?P<single>'[^']*+')"
    r"|(?P<double>\"(?:[^\"\\]|\\.)*+\")"
    r"|(?P<escaped>\\.)"
    r"|(?P<variable>\$(?:\w++|\{[^{}\n]*\}|[@*#?$!-]))"
    r"|(?P<comment>#[^\n]*+)"
    r"|(?P<nested>\$\(|`)"
    r"|(?P<quote>[\"'])"
    r"|(?P<other>.)",
    re.DOTALL,
)
_BRACKET: Final = re.compile(r"'[^']*+'|\"(?:[^\"\\]|\\.)*+\"|\\.|[()]|[^()'\"\\]++|.", re.DOTALL)
_BACKTICK: Final = re.compile(r"(?:[^`\\]|\\.)*+`", re.DOTALL)


def bracket(text: str, position: int, end: int) -> int | None:
    """Behind the bracket that closes one before a position; None if none does."""
    depth = 1
    while position < end and (token := _BRACKET.match(text, position, end)):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        position = token.end()
        if not depth:
            return position
    return None


def backtick(text: str, position: int, end: int) -> int | None:
    """Behind the next backtick; None if there is none."""
    found = _BACKTICK.match(text, position, end)
    return found.end() if found else None


def arithmetic(text: str, position: int) -> int | None:
    """Behind `(( ... ))` that begins at a position; None if none does."""
    if not text.startswith("((", position):
        return None
    stop = text.find("))", position, position + _LONGEST_SUM)
    return stop + 2 if stop >= 0 and "\n" not in text[position:stop] else None
