"""Commands of a shell script, each with its place. Nothing is run, and no loop is followed.

Read are words with their quotes, continued lines, here-documents, assignments whose value is
plain, and what stands in `$(...)`. Not read: functions' arguments, values of loops, `eval`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Final, Literal

from petal_constructs.catalog.job_scripts import facts
from petal_constructs.jobs.commands import Command, Document, Mark, Script
from petal_constructs.jobs.findings import Spot
from petal_constructs.jobs.options import Word
from petal_constructs.jobs.tokens import TOKEN, arithmetic, backtick, bracket

MOST_LETTERS: Final = 200_000
"""Of a script, how many are looked at for commands; #SBATCH lines are read in all of it."""
_DEEPEST: Final = 6
_LONGEST_VALUE: Final = 2_000

_UNQUOTED: Final = re.compile(r"\\(.)", re.DOTALL)
_IN_DOUBLE: Final = re.compile(r"\\(?:\n|([$`\"\\]))")
_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Za-z_]\w*)(?P<add>\+?)=(?P<value>.*)", re.DOTALL)
_VARIABLE: Final = re.compile(r"\$(?:(?P<plain>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)\})")
_ARRAY: Final = re.compile(r"[A-Za-z_]\w*(?:\[[^]]*\])?\+?=")
_NO_ARGUMENTS: Final = re.compile(r"\([ \t]*\)")
_NEXT_PATTERN: Final = frozenset({";;", ";&", ";;&"})
_TAKES_ONE: Final = frozenset({"timeout", "taskset"})
_ENDS: Final = frozenset({"fi", "done", "esac", "then", "do", "else", "{", "}"})


def read_script(text: str) -> Script:
    """Every command of a script, in its order."""
    script = Script(cut=len(text) > MOST_LETTERS)
    text = text[:MOST_LETTERS]
    starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
    _Reader(_Text(text, script, starts), 0).read(0, len(text))
    return script


@dataclass(slots=True)
class _Text:
    """A script, where its lines begin, and what its variables hold so far."""

    text: str
    script: Script
    starts: list[int]
    known: dict[str, str] = field(default_factory=dict)

    def spot(self, position: int) -> Spot:
        line = bisect_right(self.starts, position)
        return Spot(line, position - self.starts[line - 1] + 1)

    def filled(self, piece: str) -> tuple[str, bool]:
        """Text with plain variables, and whether nothing is left to be filled in."""
        if "$" not in piece and "`" not in piece:
            return piece, True

        def value(found: re.Match[str]) -> str:
            return self.known.get(found["plain"] or found["name"], found[0])

        filled = _VARIABLE.sub(value, piece)[:_LONGEST_VALUE]
        return filled, "$" not in filled and "`" not in filled

    def never_ends(self, position: int) -> None:
        if self.script.open_quote is None:
            self.script.open_quote = self.spot(position)


class _Reader:
    """Goes once over a part of a script."""

    def __init__(self, text: _Text, depth: int) -> None:
        self.text = text
        self.depth = depth
        self.words: list[Word] = []
        self.outputs: list[Word] = []
        self.parts: list[str] = []
        self.begin = 0
        self.dynamic = False
        self.redirection = ""
        self.expected: list[Mark] = []
        self.waiting: list[int] = []
        self.cases = 0
        self.no_command: Literal["pattern", "array", ""] = ""

    def read(self, position: int, end: int) -> None:
        text = self.text.text
        while position < end and (token := TOKEN.match(text, position, end)):
            kind = token.lastgroup or ""
            if kind == "blank":
                self._end_word()
                position = token.end()
            elif kind == "comment" and not self.parts:
                position = token.end()
            elif kind in _STRUCTURE:
                position = getattr(self, f"_{kind}")(token, end)
            else:
                position = self._piece(kind, token, end)
        self._end_command()

    def _piece(self, kind: str, token: re.Match[str], end: int) -> int:
        if not self.parts:
            self.begin = token.start()
        if kind == "nested":
            return self._nested(token, end)
        if kind == "comment":  # within a word it is none
            self.parts.append("#")
            return token.start() + 1
        if kind == "quote":
            self.text.never_ends(token.start())
        value, known = self._value(kind, token[0])
        self.parts.append(value)
        self.dynamic = self.dynamic or not known
        return token.end()

    def _value(self, kind: str, piece: str) -> tuple[str, bool]:
        if kind == "single":
            return piece[1:-1], True
        if kind == "escaped":
            return piece[1:], True
        if kind == "double":
            return self.text.filled(_IN_DOUBLE.sub(lambda m: m[1] or "", piece[1:-1]))
        if kind == "variable":
            return self.text.filled(piece)
        return piece, True

    def _nested(self, token: re.Match[str], end: int) -> int:
        begin = token.end()
        close = backtick if token[0] == "`" else bracket
        # Searching once more for what does not end would take the square of the script's length.
        stop = close(self.text.text, begin, end) if self.text.script.open_quote is None else None
        if stop is None:
            self.text.never_ends(token.start())
            stop = begin
        elif self.depth < _DEEPEST and not self.text.text.startswith("(", begin):
            _Reader(self.text, self.depth + 1).read(begin, stop - 1)
        self.parts.append(self.text.text[token.start() : stop])
        self.dynamic = True
        return stop

    def _redirection(self, token: re.Match[str], _: int) -> int:
        self._end_word()
        self.redirection = token[0]
        return token.end()

    def _operator(self, token: re.Match[str], _: int) -> int:
        operator, text = token[0], self.text.text
        if operator == "(":
            if self.parts and _ARRAY.fullmatch("".join(self.parts)):
                self.no_command = "array"
            elif defined := _NO_ARGUMENTS.match(text, token.start()):
                return self._function(defined)
            elif counted := arithmetic(text, token.start()):
                self._end_command()
                return counted
        self._end_word()
        if self._in_a_test():
            return token.end()
        self._end_command()
        if operator == ")":
            self.no_command = ""
        elif operator in _NEXT_PATTERN and self.cases:
            self.no_command = "pattern"
        return token.end()

    def _function(self, defined: re.Match[str]) -> int:
        self._end_word()
        self.text.script.functions.update(word.text for word in self.words[-1:])
        self.words.clear()
        return defined.end()

    def _in_a_test(self) -> bool:
        """Between `[[` and `]]`, where brackets and bars are of patterns and conditions."""
        opened = any(word.text == "[[" for word in self.words[:3])
        return opened and self.words[-1].text != "]]"

    def _here(self, token: re.Match[str], _: int) -> int:
        self._end_word()
        dashed = token[0].startswith("<<-")
        mark = token[0].lstrip("<").removeprefix("-" if dashed else "").strip()
        plain = _UNQUOTED.sub(r"\1", mark).replace("'", "").replace('"', "")
        self.expected.append(Mark(plain, dashed, plain == mark, token.start()))
        return token.end()

    def _line(self, token: re.Match[str], end: int) -> int:
        self._end_command()
        position = token.end()
        for mark in self.expected:
            position = self._document(mark, position, end)
        self.expected.clear()
        return position

    def _document(self, mark: Mark, position: int, end: int) -> int:
        text, begin = self.text.text, position
        while position < end:
            stop = text.find("\n", position, end)
            stop = end if stop < 0 else stop
            line = text[position:stop]
            if (line.lstrip("\t") if mark.dashed else line) == mark.text:
                self._keep(begin, position, mark)
                return stop  # the line's own end is the next token
            position = stop + 1
        self.text.never_ends(mark.begin)
        self._keep(begin, end, mark)
        return end

    def _keep(self, begin: int, stop: int, mark: Mark) -> None:
        line = self.text.spot(begin).line
        document = Document(self.text.text[begin:stop], line, mark.fills)
        self.text.script.documents.append(document)
        commands = self.text.script.commands
        for index in self.waiting:
            commands[index] = replace(commands[index], document=document)
        self.waiting.clear()

    def _end_word(self) -> None:
        if not self.parts:
            return
        word = Word("".join(self.parts), self.text.spot(self.begin), self.dynamic)
        if not self.redirection:
            self.words.append(word)
        elif ">" in self.redirection and not self.redirection.endswith("&"):
            self.outputs.append(word)
        self.parts.clear()
        self.dynamic, self.redirection = False, ""

    def _end_command(self) -> None:
        self._end_word()
        words = self._without_assignments() if self._is_command() else ()
        if words:
            self.text.script.commands.append(Command(words, tuple(self.outputs)))
            if self.expected:
                self.waiting.append(len(self.text.script.commands) - 1)
        self.words.clear()
        self.outputs.clear()

    def _is_command(self) -> bool:
        """Whether words are no patterns of a `case` and no elements of an array."""
        first = self.words[0].text if self.words else ""
        if first == "esac" and self.cases:
            self.cases -= 1
            self.no_command = ""
        elif self.no_command == "array":
            self.text.script.assignments += self.words
        elif first == "case" and not self.no_command:
            self.cases += 1
            self.no_command = "pattern"
        elif not self.no_command:
            return True
        return False

    def _without_assignments(self) -> tuple[Word, ...]:
        """What is left behind `NAME=value`, `if`, `time` and the like; values become known."""
        words = self.words
        if words and words[0].text in ("for", "select", "read", "unset", "function"):
            for word in words[1:]:
                self.text.known.pop(word.text, None)
            if words[0].text == "function":
                self.text.script.functions.update(word.text for word in words[1:2])
            return ()
        before = ""
        for index, word in enumerate(words):
            assigned = _ASSIGNMENT.match(word.text)
            if assigned:
                self.text.script.assignments.append(word)
                self._learn(assigned, word)
            elif not _stands_before(word.text, before) or _only_looks(words[index : index + 2]):
                return tuple(words[index:]) if word.text not in _ENDS else ()
            before = word.text
        return ()

    def _learn(self, assigned: re.Match[str], word: Word) -> None:
        if word.dynamic or assigned["add"]:
            self.text.known.pop(assigned["name"], None)
        else:
            self.text.known[assigned["name"]] = assigned["value"]


_STRUCTURE: Final = frozenset({"line", "here", "redirection", "operator"})


def _only_looks(words: list[Word]) -> bool:
    """`command -v X` says where X is, and runs nothing."""
    return [word.text.lower() for word in words] == ["command", "-v"]


def _stands_before(text: str, before: str) -> bool:
    """Whether a command follows this word."""
    if text in facts().words.before_commands:
        return True
    return bool(before) and (text.startswith("-") or text.isdigit() or before in _TAKES_ONE)
