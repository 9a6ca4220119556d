"""Job scripts: where they are found, what sbatch refuses, and their #SBATCH lines.

Source: SchedMD/slurm, tag slurm-26-05-3-1, src/sbatch/opt.c (`_opt_batch_script`, `get_argument`)
and src/sbatch/sbatch.c (`_get_script_buffer`, `_script_wrap`), 2026-11-23.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from .errors import Refusal
from .options import Word

_BLANK = " \t\n\v\f\r"
_MAGIC = re.compile(r"#(?:SBATCH|SLURM)")
_HETEROGENEOUS = re.compile(r"[ \t\v\f\r]*(?:packjob|hetjob)(?=[ \t\v\f\r]|$)", re.IGNORECASE)
_FOREIGN = re.compile(r"#(PBS|BSUB)\b")
_SHELL = re.compile(r"#!\s*(?:\S*/env\s+)?(?:\S*/)?(?:ba|da|z|k)?sh\b")
_MOST_BYTES = 4 << 20
"""Slurm's own limit, `max_script_size` of slurm.conf(5)."""


def find_script(name: str) -> Path:
    """A file as named, or of that name on PATH."""
    path = Path(name)
    if path.exists() or "/" in name:
        return path
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(":") if folder]
    return next((f / name for f in folders if os.access(f / name, os.R_OK)), path)


def wrapped(command: str) -> str:
    """The script that `--wrap` asks for."""
    return f"#!/bin/sh\n# This script was created by petal-submit --wrap.\n\n{command}\n"


def checked(data: bytes, name: str) -> str:
    """The script's text.

    Raises:
        Refusal: sbatch would take no job from it.
    """
    if not data.strip(_BLANK.encode()):
        raise Refusal(f"{name}: the script is empty")
    if not data.startswith(b"#!"):
        raise Refusal(f"{name}: line 1: a job script begins with #!, as in #!/bin/bash")
    if b"\0" in data:
        raise Refusal(f"{name}: is no text file: it holds a NUL character")
    if b"\r\n" in data:
        raise Refusal(f"{name}: has line ends of Windows: run dos2unix {name}")
    if len(data) > _MOST_BYTES:
        raise Refusal(f"{name}: Slurm takes no script of more than {_MOST_BYTES:,} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refusal(f"{name}: line {line}: the script is not in UTF-8") from error


def with_arguments(text: str, arguments: Sequence[str]) -> str:
    """A shell script that sets its own: the slurmrestd of Slurm 22.05 ends when it is given some.

    Raises:
        Refusal: There are arguments, and it is no shell's script.
    """
    if not arguments:
        return text
    first, _, rest = text.partition("\n")
    if not _SHELL.match(first):
        raise Refusal("the Slurm of the other side is too old for arguments of such a script")
    return f"{first}\nset -- {shlex.join(arguments)}\n{rest}"


def directives(text: str, name: str, *, foreign: bool = True) -> list[Word]:
    """Words of the #SBATCH lines, up to the first command.

    Args:
        text: The script.
        name: What places are told by.
        foreign: Whether lines of other batch systems count, as without `--ignore-pbs`.

    Raises:
        Refusal: A quote is open, or the job has several parts.
    """
    words: list[Word] = []
    for number, line in enumerate(text.split("\n"), 1):
        place = f"{name}: line {number}"
        magic = _MAGIC.match(line)
        if magic:
            words += _words(line, magic.end(), place)
            continue
        bare = line.lstrip(_BLANK)
        if bare and bare[0] != "#":
            break
        other = _FOREIGN.match(line)
        if other and foreign:
            raise Refusal(f"{place}: #{other[1]} lines are not carried over: write #SBATCH lines")
    return words


def _words(line: str, position: int, place: str) -> list[Word]:
    words: list[Word] = []
    while True:
        while position < len(line) and line[position] in _BLANK:
            position += 1
        if line.startswith(":", position) or _HETEROGENEOUS.match(line, position):
            raise Refusal(f"{place}: jobs of several parts run on their own side only")
        text, position = _argument(line, position, place)
        if text is None:
            return words
        words.append(Word(text, place))


def _argument(line: str, position: int, place: str) -> tuple[str | None, int]:
    """A word and where it ends; None: the line holds no more."""
    letters: list[str] = []
    quote = ""
    escaped = False
    while position < len(line):
        letter = line[position]
        if not quote and letter in _BLANK:
            break
        if not escaped and letter == "\\":
            # A backslash keeps a blank in the word, and takes the meaning of what else follows.
            escaped = not line.startswith(" ", position + 1)
            letters += [] if escaped else [" "]
            position += 1 if escaped else 2
            continue
        if not escaped and letter in (quote or "\"'"):
            quote = "" if quote else letter
        elif not escaped and not quote and letter == "#":
            break
        else:
            letters.append(letter)
        escaped = False
        position += 1
    if quote:
        raise Refusal(f"{place}: the quote {quote} is not closed")
    return "".join(letters) or None, position
