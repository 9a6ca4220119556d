"""Words of a command line -> options, as `getopt_long` with Slurm's tables takes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from petal_constructs.catalog.job_scripts import OptionTable
from petal_constructs.jobs.findings import Spot
from petal_constructs.seed.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Word:
    """One word, without its quotes."""

    text: str
    spot: Spot
    dynamic: bool = False
    """Whether the shell fills something in that is only known when the script runs."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option, by its long name."""

    name: str
    value: str
    """Empty where it has none."""
    spot: Spot
    dynamic: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """What the command line's owner ends with an error for."""

    message: str
    hint: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Line:
    """A command line, taken apart."""

    options: tuple[Option, ...]
    rest: tuple[Word, ...]
    """From the first word that is no option."""
    refused: tuple[Refused, ...] = ()


Plugins = Mapping[str, bool]
"""Long options that plugins add to Slurm's commands -> whether they take a value."""


def read_options(table: OptionTable, words: Sequence[Word], plugins: Plugins) -> Line:
    """Take options up to the first other word; an unknown one is named, and passed over.

    Args:
        table: Of the command.
        words: Behind the command's name.
        plugins: What a cluster's plugins add.
    """
    known = {**table.takes_value, **plugins} if plugins else table.takes_value
    found: list[Option] = []
    refused: list[Refused] = []
    left = iter(enumerate(words))
    for index, word in left:
        text = word.text
        if text == "--":
            return Line(tuple(found), tuple(words[index + 1 :]), tuple(refused))
        if not text.startswith("-") or text == "-":
            return Line(tuple(found), tuple(words[index:]), tuple(refused))
        options = _long(word, known) if text.startswith("--") else _short(word, table)
        for option in options:
            if isinstance(option, Refused):
                refused.append(option)
            elif option.value == _NEXT:
                following = next(left, None)
                if following is None:
                    refused.append(_no_value(option.name, word))
                else:
                    value = following[1]
                    found.append(Option(option.name, value.text, word.spot, value.dynamic))
            else:
                found.append(option)
    return Line(tuple(found), (), tuple(refused))


_NEXT: Final = "\0next"
"""Stands for a value that is the next word."""


def _long(word: Word, known: Mapping[str, bool | None]) -> Iterator[Option | Refused]:
    written, equals, value = word.text[2:].partition("=")
    name = _full_name(written, known)
    if name is None:
        begun = [f"--{each}" for each in known if each.startswith(written)] if written else []
        yield (
            _ambiguous(written, begun, word)
            if begun
            else _unknown(f"--{written}", [f"--{each}" for each in known], word)
        )
    elif known[name] is False and equals:
        yield Refused(f"--{name} takes no value", f"write --{name} alone", word.spot)
    elif known[name] and not equals:
        yield Option(name, _NEXT, word.spot)
    else:
        yield Option(name, value, word.spot, word.dynamic)


def _full_name(written: str, known: Mapping[str, bool | None]) -> str | None:
    """An option may be cut short as long as it is the only one that begins so."""
    if written in known:
        return written
    begun = [name for name in known if name.startswith(written)] if written else []
    return begun[0] if len(begun) == 1 else None


def _short(word: Word, table: OptionTable) -> Iterator[Option | Refused]:
    """`-n4`, `-n 4`, `-Hn4`: letters without values may stand together."""
    letters = word.text[1:]
    for index, letter in enumerate(letters):
        name = table.long_name(letter)
        rest = letters[index + 1 :]
        if name is None:
            yield _unknown(f"-{letter}", [], word)
            return
        if name in table.required:
            yield Option(name, rest or _NEXT, word.spot, word.dynamic and bool(rest))
            return
        if name in table.optional:
            yield Option(name, rest, word.spot, word.dynamic)
            return
        yield Option(name, "", word.spot)


def _unknown(name: str, known: list[str], word: Word) -> Refused:
    hint = did_you_mean(name, known) or "remove it"
    return Refused(f"there is no option {name[:80]}", hint, word.spot)


def _ambiguous(written: str, begun: list[str], word: Word) -> Refused:
    message = f"--{written} may mean {' or '.join(begun[:4])}"
    return Refused(message, "write the option in full", word.spot)


def _no_value(name: str, word: Word) -> Refused:
    return Refused(f"--{name} needs a value", f"write --{name}=VALUE", word.spot)
