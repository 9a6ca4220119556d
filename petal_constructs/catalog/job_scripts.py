"""Options of sbatch and srun, and what programs in job scripts need; from `job_scripts.toml`.

Example:
    >>> from petal_constructs.catalog.job_scripts import facts
    >>> facts().sbatch.long_name("N")
    'nodes'
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("job_scripts.toml")


@dataclass(frozen=True, slots=True)
class Limits:
    """Slurm's own, where slurm.conf says nothing else."""

    source: str
    as_of: str
    array_size: int
    """An array's indices are below it."""
    script_bytes: int
    """Longest script that slurmctld takes."""


@dataclass(frozen=True, slots=True)
class Commands:
    """Programs that need more than a node of a cluster gives."""

    source: str
    as_of: str
    scontrol_admin: tuple[str, ...]
    """Orders of scontrol for administrators alone."""
    remote_shells: tuple[str, ...]
    """Programs that log in to other nodes."""
    container_programs: tuple[str, ...]
    """Run a program in an image."""
    mount_options: tuple[str, ...]
    """Options by which folders get into an image."""
    ways_of_mpi: tuple[str, ...]
    """Programs that start the processes of a parallel program."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words that a script means something special by."""

    source: str
    as_of: str
    before_commands: frozenset[str]
    """A command stands behind them."""
    module_orders: frozenset[str]
    """Of `module` and `ml`; they load nothing."""
    linux_folders: frozenset[str]
    """Folders of every Linux, without the slash."""
    of_text: frozenset[str]
    """Programs whose arguments look like paths and are none."""


@dataclass(frozen=True, slots=True)
class OptionTable:
    """Options of one of Slurm's commands, without their dashes."""

    source: str
    as_of: str
    flags: tuple[str, ...]
    """Take no value."""
    optional: tuple[str, ...]
    """Take one behind `=`, or none."""
    required: tuple[str, ...]
    """Take one behind `=`, or the next word."""
    short: dict[str, str]
    """Letter -> long name."""
    takes_value: dict[str, bool | None]
    """Long name -> whether it takes a value; None where it may be given one."""

    def long_name(self, letter: str) -> str | None:
        """What an option of one letter means; None for an unknown one."""
        return self.short.get(letter)


@dataclass(frozen=True, slots=True)
class Pyxis:
    """Options of the plugin that runs steps in images, without their dashes."""

    source: str
    as_of: str
    required: tuple[str, ...]
    """Take a value."""
    flags: tuple[str, ...]
    """Take none."""

    @property
    def takes_value(self) -> dict[str, bool]:
        """Long name -> whether it takes a value."""
        return dict.fromkeys(self.required, True) | dict.fromkeys(self.flags, False)


@dataclass(frozen=True, slots=True)
class JobScripts:
    """All of it."""

    limits: Limits
    commands: Commands
    words: Words
    pyxis: Pyxis
    sbatch: OptionTable
    srun: OptionTable


@lru_cache
def facts() -> JobScripts:
    """The file, read once."""
    raw = read_toml(_FILE)
    return JobScripts(
        limits=Limits(**raw["limits"]),
        commands=Commands(**raw["commands"]),
        words=_words(raw["words"]),
        pyxis=Pyxis(**raw["pyxis"]),
        sbatch=_options(raw["sbatch"]),
        srun=_options(raw["srun"]),
    )


def _words(raw: dict[str, Any]) -> Words:
    sets = {key: frozenset(value) for key, value in raw.items() if isinstance(value, tuple)}
    return Words(**{**raw, **sets})


def _options(raw: dict[str, Any]) -> OptionTable:
    kinds = {"flags": False, "optional": None, "required": True}
    takes_value = {name: takes for kind, takes in kinds.items() for name in raw[kind]}
    return OptionTable(**raw, takes_value=takes_value)
