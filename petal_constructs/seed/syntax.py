"""What the YAML parser says about broken text -> what a person can do about it."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import yaml

from petal_constructs.errors import Place, Problem
from petal_constructs.seed.source import Mark, Source


class _Saying(NamedTuple):
    sign: str
    """Part of what the parser says."""
    message: str
    """`{line}` is where the broken thing begins."""
    hint: str


_INDENT = "indent keys of one level alike, with spaces"

_SAYINGS: Final = tuple(
    _Saying(*row)
    for row in (
        (
            "quoted scalar found unexpected end",
            "the quote that opens on line {line} is not closed",
            "write the closing quote",
        ),
        (
            "flow sequence",
            "the bracket [ that opens on line {line} is not closed, or a comma is missing",
            "write [a, b, c]",
        ),
        (
            "flow mapping",
            "the brace {{ that opens on line {line} is not closed, or a comma is missing",
            "write {a: 1, b: 2}",
        ),
        (
            "mapping values are not allowed",
            "what stands before this colon is no key here",
            f"{_INDENT}, write a space after each colon, and quote text that holds a colon",
        ),
        ("could not find expected ':'", "a key without a colon after it", "write key: value"),
        (
            "block mapping",
            "this fits neither the keys that begin on line {line} nor those around them",
            _INDENT,
        ),
        (
            "block collection",
            "this fits neither the list that begins on line {line} nor what is around it",
            "start each entry of the list with - in the same column",
        ),
        (
            "block sequence entries are not allowed",
            "no list can begin here",
            "start the list on a line of its own, below its key",
        ),
        (
            "hexdecimal",  # so spelt by libyaml
            "no such escape in double quotes",
            "use single quotes to keep backslashes",
        ),
        ("scanning an alias", "a * at the start of a value is an alias", "put * in quotes"),
        ("scanning an anchor", "an & at the start of a value is an anchor", "put & in quotes"),
        ("escape", "no such escape in double quotes", "use single quotes to keep backslashes"),
        (
            "cannot start any token",
            "no value can start with this character",
            "put the value in quotes",
        ),
        ("expected node content", "a value is missing here", "write one, or remove the comma"),
        ("duplicate anchor", "an anchor of that name is defined already", "use another name"),
        ("end of the stream", "something unfinished stands here", _INDENT),
    )
)


_CONFLICT: Final = re.compile(r"^<<<<<<< ", re.MULTILINE)
_TOP: Final = yaml.Mark("", 0, 0, 0, None, 0)


def syntax_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    """The problem behind an error of the parser, in words that name what to do."""
    at = error.problem_mark or error.context_mark or _TOP
    start = error.context_mark or at
    place = source.place(Mark(at.line, at.column))
    if not place.text.strip():  # the end of the file is reached: show where it began
        place = source.place(Mark(start.line, start.column))
    if "\t" in place.text[: len(place.text) - len(place.text.lstrip())]:
        message = "a tab stands where YAML wants spaces"
        return Problem("P010", "", message, "indent with spaces", place=place)
    conflict = _CONFLICT.search(source.text)
    if conflict:
        place = source.place(Mark(source.text.count("\n", 0, conflict.start()), 0))
        hint = "decide for one side and remove the lines with <<<<<<<, ======= and >>>>>>>"
        return Problem("P001", "", "a merge conflict was left in the file", hint, place=place)
    told = _after_a_quote(place) or _key_out_of_line(place, error)
    if told:
        return Problem("P001", "", *told, place=place)
    said = " ".join(str(part) for part in (error.context, error.problem) if part).lower()
    for sign, message, hint in _SAYINGS:
        if sign in said:
            return Problem("P001", "", message.format(line=start.line + 1), hint, place=place)
    hint = "look at the indentation, quotes, brackets and colons just before this place"
    return Problem("P001", "", f"this is not YAML: {said}", hint, place=place)


def _after_a_quote(place: Place) -> tuple[str, str] | None:
    """`'O'Brien'`: for YAML the text ends at the second quote."""
    before, rest = place.text[: place.column - 1], place.text[place.column - 1 :]
    if not re.search(r"""\w['"]$""", before) or not rest[:1].isalnum():
        return None
    quote = before[-1]
    again = "''" if quote == "'" else '\\"'
    return "text goes on after the closing quote", f"write {again} for a quote inside quotes"


def _key_out_of_line(place: Place, error: yaml.MarkedYAMLError) -> tuple[str, str] | None:
    """A key below a list of mappings that starts in no column of theirs."""
    key = re.match(r" *([\w-]+):( |$)", place.text)
    if not key or "block collection" not in str(error.context) or not error.context_mark:
        return None
    message = f"{key[1]} fits neither the list that begins on line {error.context_mark.line + 1}"
    hint = "start it in the same column as the keys above it"
    return f"{message} nor what is around it", hint
