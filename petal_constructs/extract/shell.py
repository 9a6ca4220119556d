"""Commands of shell text, with variables filled in; nothing is run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

_SEPARATORS: Final = frozenset("();<>|&\n")
_VARIABLE: Final = re.compile(
    r"\$(?:(?P<plain>[A-Za-z_]\w*)"
    r"|\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-+])(?P<other>[^{}]*))?\})"
)
_REDIRECTION: Final = re.compile(r"(?P<before>[();|&\n]*?)(?P<sign>&?[<>]+[&|]?)")
_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
_BEFORE: Final = frozenset(
    {"sudo", "env", "exec", "command", "time", "nice", "then", "do", "else", "if", "while", "until"}
    | {"!", "{", "set", "eval"}
)
_LONGEST: Final = 20_000
"""Of a value: variables may double themselves with each line."""


@dataclass(frozen=True, slots=True)
class Command:
    """One program and its arguments."""

    words: tuple[str, ...]
    target: str = ""
    """File that its output goes to; empty for none."""

    @property
    def program(self) -> str:
        """Its name without its folder."""
        return self.words[0].rpartition("/")[2]


def words(text: str) -> list[str]:
    """Words as a shell splits them.

    Raises:
        ValueError: A quote is not closed.
    """
    return shlex.split(text)


def quote(word: str) -> str:
    """The word so that a shell takes it for one."""
    return shlex.quote(word)


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """The text with the variables that are known; others stay as they are."""

    def value(found: re.Match[str]) -> str:
        name, how, other = found["plain"] or found["name"], found["how"], found["other"] or ""
        if how and how.endswith("+"):
            return other if values.get(name) else ""
        if how and not values.get(name):
            return other
        return values.get(name, found[0])

    return _VARIABLE.sub(value, text)[:_LONGEST]


def commands(text: str, values: Mapping[str, str]) -> Iterator[Command]:
    """The commands of a script or of one RUN line.

    Raises:
        ValueError: A quote is not closed.
    """
    known = dict(values)
    lines = re.sub(r"(?m)^\s*#.*(?:\n|$)", "", re.sub(r"\\\r?\n", " ", text))
    for command in _split(lines):
        filled = tuple(fill_in(word, known) for word in command.words)
        rest = _without_assignments(filled, known)
        if rest:
            yield Command(rest, fill_in(command.target, known))


def _split(text: str) -> Iterator[Command]:
    """Words between separators; where output goes, of a group in brackets to its last command."""
    done, words, target, redirected = Command(()), list[str](), "", ""
    for word in _words(text):
        if redirected:
            if ">" in redirected and "&" not in redirected and words:
                target = word
            elif ">" in redirected and "&" not in redirected:
                done = replace(done, target=word)
            redirected = ""
        elif not _SEPARATORS.issuperset(word):
            words.append(word)
        else:
            found = _REDIRECTION.fullmatch(word)
            redirected = found["sign"] if found else ""
            if redirected and words and words[-1].isdigit():
                words.pop()  # `2>`: of which stream
            if words and not (found and not found["before"]):
                yield done
                done, words, target = Command(tuple(words), target), [], ""
    yield from (done, Command(tuple(words), target))


def _words(text: str) -> Iterator[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars="".join(sorted(_SEPARATORS)))
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    return iter(lexer)


def _without_assignments(parts: tuple[str, ...], known: dict[str, str]) -> tuple[str, ...]:
    """What is left behind `NAME=value`, sudo and the like; the values become known."""
    for index, word in enumerate(parts):
        if assigned := _ASSIGNMENT.fullmatch(word):
            known[assigned["name"]] = assigned["value"]
        elif word in ("export", "local", "declare"):
            continue
        elif word not in _BEFORE and not (index and word.startswith("-")):
            return parts[index:]
    return ()
