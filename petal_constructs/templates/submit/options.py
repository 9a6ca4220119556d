"""Options of sbatch: of a command line, of #SBATCH lines and of the environment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import Refusal

SCRIPT, ENVIRONMENT, COMMAND = range(3)
"""Where an option comes from; the higher one counts. Source: sbatch(1)."""

_VARIABLES = {
    "ARRAY_INX": "array",
    "BURST_BUFFER": "bb",
    "CPU_FREQ_REQ": "cpu-freq",
    "MEM_PER_NODE": "mem",
    "REQ_SWITCH": "switches",
    "TIMELIMIT": "time",
    "WAIT4SWITCH": "switches",
    "DEBUG": "verbose",
    "RUNTIME": "container",
    "SEGMENT_SIZE": "segment",
}
"""Whose option has another name. Source: SchedMD/slurm 284c3b9, src/sbatch/opt.c (env_vars)."""

_ALIASES = {"tasks-per-node": "ntasks-per-node", "cluster": "clusters", "no-requeue": "requeue"}


@dataclass(frozen=True)
class Word:
    """One word and where it stands."""

    text: str
    place: str


@dataclass(frozen=True)
class Option:
    """One option, by its long name; the value is empty where it has none."""

    name: str
    value: str
    place: str
    origin: int = COMMAND

    def refused(self, why: str) -> Refusal:
        """An error that names the option and where it stands."""
        written = f"--{self.name}={self.value}" if self.value else f"--{self.name}"
        return Refusal(f"{self.place}: {written}: {why}")


@dataclass(frozen=True)
class Line:
    """A command line, taken apart."""

    options: tuple[Option, ...]
    rest: tuple[str, ...]
    """From the first word that is no option."""
    problems: tuple[Refusal, ...]
    """Options that are not understood; Slurm's own sbatch may."""


@dataclass(frozen=True)
class OptionTable:
    """Names of sbatch's options, as `options.json` has them."""

    takes_value: Mapping[str, bool | None]
    """Long name -> whether a value follows; None where it may stand behind `=`."""
    short: Mapping[str, str]

    @classmethod
    def load(cls, path: Path, plugins: Mapping[str, bool]) -> OptionTable:
        """Read the file.

        Raises:
            Refusal: It cannot be read.
        """
        try:
            raw = json.loads(path.read_text())
            return cls({**raw["takes_value"], **plugins}, raw["short"])
        except (OSError, ValueError, KeyError) as error:
            raise Refusal(f"{path} cannot be read: {error}") from error

    def read(self, words: Sequence[Word], origin: int) -> Line:
        """Options up to the first other word."""
        found: list[Option] = []
        problems: list[Refusal] = []
        index = 0
        while index < len(words):
            word = words[index]
            index += 1
            if word.text == "--":
                break
            if not word.text.startswith("-") or word.text == "-":
                index -= 1
                break
            for name, value in self._options(word, problems):
                if value is None and index == len(words):
                    problems.append(Refusal(f"{word.place}: {word.text} needs a value"))
                elif value is None:
                    found.append(_option(name, words[index].text, word.place, origin))
                    index += 1
                else:
                    found.append(_option(name, value, word.place, origin))
        rest = tuple(word.text for word in words[index:])
        return Line(tuple(found), rest, tuple(problems))

    def _options(self, word: Word, problems: list[Refusal]) -> Iterator[tuple[str, str | None]]:
        """Name and value; None for a value that is the next word."""
        if word.text.startswith("--"):
            written, equals, value = word.text[2:].partition("=")
            name = self._full_name(written)
            if name is None:
                problems.append(Refusal(f"{word.place}: there is no option --{written}"))
            elif self.takes_value[name] is False and equals:
                problems.append(Refusal(f"{word.place}: --{name} takes no value"))
            else:
                yield name, None if self.takes_value[name] and not equals else value
            return
        for position, letter in enumerate(word.text[1:], 2):
            name = self.short.get(letter)
            if name is None:
                problems.append(Refusal(f"{word.place}: there is no option -{letter}"))
                return
            if self.takes_value[name] is not False:
                yield name, word.text[position:] or (None if self.takes_value[name] else "")
                return
            yield name, ""

    def _full_name(self, written: str) -> str | None:
        """An option may be cut short as long as it is the only one that begins so."""
        if written in self.takes_value:
            return written
        begun = [name for name in self.takes_value if name.startswith(written)] if written else []
        return begun[0] if len(begun) == 1 else None


def _option(name: str, value: str, place: str, origin: int) -> Option:
    if name in ("requeue", "no-requeue"):
        value = "no" if name == "no-requeue" or value == "0" else "yes"
    return Option(_ALIASES.get(name, name), value, place, origin)


def environment_options(environment: Mapping[str, str], table: OptionTable) -> Iterator[Option]:
    """What SBATCH_* variables ask for. Those that plugins read are no options."""
    for variable, value in sorted(environment.items()):
        begin, _, rest = variable.partition("_")
        name = _VARIABLES.get(rest) or rest.lower().replace("_", "-")
        if begin != "SBATCH" or name not in table.takes_value or variable.endswith("_"):
            continue
        flag = table.takes_value[name] is False
        yield _option(name, "" if flag else value, variable, ENVIRONMENT)
    for variable, name in (("SLURM_HINT", "hint"), ("SLURM_CLUSTERS", "clusters")):
        if variable in environment:
            yield _option(name, environment[variable], variable, ENVIRONMENT)


def strongest(options: Iterable[Option]) -> dict[str, Option]:
    """One of each name: of the strongest origin, and of those the last."""
    found: dict[str, Option] = {}
    for option in sorted(options, key=lambda each: each.origin):
        found[option.name] = option
    return _one_memory(found)


def _one_memory(found: dict[str, Option]) -> dict[str, Option]:
    """Options for memory exclude one another. Source: sbatch(1), `--mem`."""
    asked = [found[name] for name in ("mem", "mem-per-cpu", "mem-per-gpu") if name in found]
    if not asked:
        return found
    best = max(option.origin for option in asked)
    kept = [option for option in asked if option.origin == best]
    if len(kept) > 1:
        raise kept[1].refused(f"stands beside --{kept[0].name}, and only one can be meant")
    return {n: o for n, o in found.items() if o not in asked or o is kept[0]}
