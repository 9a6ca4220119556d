"""Text that other tools would still have filled in -> text that YAML can read, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_STATEMENT: Final = re.compile(r"^(?P<space>\s*)\{%.*?%\}\s*$|^(?P<comment>\s*)\{#.*?#\}\s*$")
_START: Final = r"^(?P<start>(?>\s*(?:- +)*(?:[\w./-]+:\s+)?))"
_TEMPLATE: Final = re.compile(
    _START + r"(?P<value>[^\s'\"#\[{][^#]*?\{[{%].*|\{[{%].*|[@%`][^#]*)$"
)
_WITHIN: Final = re.compile(r"(?<=[:,\[] )\{\{[^{}'\"]*\}\}(?=\s*[,\]}])")
_FUNCTION: Final = re.compile(_START + r"!(?P<name>[A-Za-z]+(?:::\w+)?)\s+(?P<value>[^\[{|>#]+)$")
_OPEN: Final = re.compile(r"\$\{|\{\{|\{%|^<.+>$|^!\w|\$\(|@@|^\$[A-Za-z_]\w*$|x{4}|X{4}")


@dataclass(frozen=True, slots=True)
class Statement:
    """A line of a template that chooses or repeats; it was left out, and both branches read."""

    line: int
    """From 1."""
    text: str


def readable(text: str) -> tuple[str, tuple[Statement, ...]]:
    """The same lines, with placeholders in quotes and statements as comments."""
    found: list[Statement] = []
    lines = [_line(number, line, found) for number, line in enumerate(_lines(text), start=1)]
    return "\n".join(lines), tuple(found)


def is_open(value: object) -> bool:
    """Whether somebody or something was to write a value here."""
    return isinstance(value, str) and _OPEN.search(value) is not None


def _lines(text: str) -> Iterator[str]:
    """Lines as the seed's reader and YAML count them."""
    yield from text.replace("\r\n", "\n").split("\n")


def _line(number: int, line: str, found: list[Statement]) -> str:
    if _STATEMENT.match(line):
        found.append(Statement(number, line.strip()))
        return ""
    for pattern in (_FUNCTION, _TEMPLATE):
        match = pattern.match(line)
        if match:
            value = match["value"].rstrip()
            name = match.groupdict().get("name")
            return match["start"] + _quoted(f"!{name} {value}" if name else value)
    return _WITHIN.sub(lambda found: _quoted(found[0]), line)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
