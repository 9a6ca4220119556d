"""The #SBATCH lines of a script, as sbatch reads them.

Source: SchedMD/slurm, tag slurm-26-05-3-1, src/sbatch/opt.c (`_opt_batch_script`, `get_argument`)
and src/sbatch/sbatch.c (`_get_script_buffer`), 2026-11-23.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from petal_constructs.jobs.findings import Finding, Spot, change, note
from petal_constructs.jobs.options import Word

_BLANK: Final = " \t\n\v\f\r"
_MAGIC: Final = re.compile(r"#(?:SBATCH|SLURM)")
_SEPARATOR: Final = re.compile(r"[ \t\v\f\r]*(?:packjob|hetjob)(?=[ \t\v\f\r]|$)", re.IGNORECASE)
_IGNORED: Final = re.compile(r"[ \t]*#SBATCH[ \t]+(?=-|hetjob|packjob)")
_MOST_WORDS: Final = 2_000
_MOST_LATE: Final = 50
_OTHER: Final = re.compile(r"#(PBS|BSUB)\b")


@dataclass(frozen=True, slots=True)
class Directives:
    """What a script tells sbatch."""

    components: tuple[tuple[Word, ...], ...]
    """Words of each part of the job; more than one makes it heterogeneous."""
    findings: tuple[Finding, ...]
    body: int
    """Index of the first line that Slurm takes for a command; the number of lines if none is."""

    def with_variables(self) -> Directives:
        """The same where a shell fills in `$` before sbatch reads it."""
        parts = (
            tuple(replace(word, dynamic="$" in word.text or "`" in word.text) for word in words)
            for words in self.components
        )
        return replace(self, components=tuple(parts))


def read_directives(text: str) -> Directives:
    """Take a script's options up to its first command."""
    lines = text.split("\n")
    components: list[list[Word]] = [[]]
    found: list[Finding] = []
    body, count = len(lines), 0
    for index, line in enumerate(lines):
        magic = _MAGIC.match(line)
        if magic is None:
            bare = line.lstrip(_BLANK)
            if bare and bare[0] != "#":
                body = index
                break
            continue
        begin = magic.end()
        if _SEPARATOR.match(line, begin):
            components.append([])
            continue  # what else stands on this line is lost
        words, problem = _arguments(line, begin, index + 1)
        components[-1] += words
        count += len(words)
        if count > _MOST_WORDS:
            message = f"more than {_MOST_WORDS:,} options: only the first were looked at"
            found.append(note("J107", message, "", Spot(index + 1)))
            break
        if problem:
            found.append(problem)
    found += _too_late(lines, body)
    return Directives(tuple(map(tuple, components)), tuple(found), body)


def _arguments(line: str, begin: int, number: int) -> tuple[list[Word], Finding | None]:
    words: list[Word] = []
    position = begin
    while True:
        while position < len(line) and line[position] in _BLANK:
            position += 1
        spot = Spot(number, position + 1)
        if line.startswith(":", position):
            problem = change("J104", "sbatch takes no : here", "write #SBATCH hetjob", spot)
            return words, problem
        if _SEPARATOR.match(line, position):
            return words, None
        text, position, quote = _argument(line, position)
        if quote:
            message = f"the quote {quote} is not closed, and sbatch refuses the script"
            return words, change("J104", message, f"close it with {quote}", spot)
        if text is None:
            return words, None
        words.append(Word(text, spot))


def _argument(line: str, position: int) -> tuple[str | None, int, str]:
    """The word, where it ends, and its quote if that is left open. None: the line holds no more."""
    letters: list[str] = []
    quote = ""
    escaped = False
    while position < len(line):
        letter = line[position]
        if not quote and letter in _BLANK:
            break
        if escaped:
            escaped = False
        elif letter == "\\":
            position += 1
            if line.startswith(" ", position):
                letters.append(" ")
                position += 1
            else:
                escaped = True
            continue
        elif quote:
            if letter == quote:
                quote = ""
                position += 1
                continue
        elif letter in "\"'":
            quote = letter
            position += 1
            continue
        elif letter == "#":
            break
        letters.append(letter)
        position += 1
    return "".join(letters) or None, position, quote


def _too_late(lines: list[str], body: int) -> list[Finding]:
    found = []
    for index in range(body, len(lines)):
        if _IGNORED.match(lines[index]):
            message = "Slurm leaves this line aside: it stands behind the first command"
            hint = "move it above all commands"
            found.append(note("J105", message, hint, Spot(index + 1)))
            if len(found) == _MOST_LATE:
                break
    for index, line in enumerate(lines):
        if other := _OTHER.match(line):
            message = f"sbatch also reads #{other[1]} lines, as far as it understands them"
            found.append(note("J106", message, "write #SBATCH lines", Spot(index + 1)))
            break
    return found


def refusal(data: bytes, most: int) -> Finding | None:
    """Why Slurm takes no job from a file, whatever it says; None where it does.

    Args:
        data: The file, or more than `most` bytes of it.
        most: Longest script that slurmctld takes.
    """
    if not data.strip(_BLANK.encode()):
        return change("J101", "the script is empty", "write a script")
    if not data.startswith(b"#!"):
        message = "sbatch refuses a script whose first line does not begin with #!"
        return change("J101", message, "write #!/bin/bash in line 1", Spot(1, 1))
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        message = "sbatch refuses a script that holds a NUL character"
        return change("J101", message, "submit a text file that calls the program", Spot(line))
    if (place := data.find(b"\r\n")) >= 0:
        line = data.count(b"\n", 0, place) + 1
        message = "sbatch refuses a script with line ends of Windows"
        return change("J101", message, "run dos2unix on the file", Spot(line))
    if len(data) > most:
        message = f"Slurm takes no script of more than {most:,} bytes"
        return change("J101", message, "keep data in files of its own")
    return None
