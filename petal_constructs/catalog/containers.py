"""What container images are built on, and by which names Debian knows packages.

Example:
    >>> from petal_constructs.catalog.containers import CONTAINERS
    >>> CONTAINERS.debian_name("py-numpy")
    'python3-numpy'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("containers.toml")
_LANGUAGES: Final = {"py-": ("python3-", ""), "r-": ("r-cran-", ""), "perl-": ("lib", "-perl")}
"""How Spack's names of a language's packages begin -> how Debian's begin and end."""


@dataclass(frozen=True, slots=True)
class Apptainer:
    """A release of what runs images on nodes that are no containers themselves."""

    version: str
    installer: str
    """Address of the script that unpacks it."""
    sha256: str
    """Of that script."""


@dataclass(frozen=True, slots=True)
class Machine:
    """An architecture, for packages of the pods' system."""

    name: str
    """As `uname -m` says it."""
    architecture: str
    """As dpkg says it."""
    archive: str
    """Address of the system's packages; `-` for the one that the system itself has."""
    loader: str
    """File that starts dynamically linked programs."""


@dataclass(frozen=True, slots=True)
class Containers:
    """Base images and packages of their systems."""

    bases: Mapping[str, str]
    """Name -> image."""
    default_bases: Mapping[str, str]
    """What installs the packages, `spack` or `apt` -> name of the base."""
    prerequisites: Mapping[str, tuple[str, ...]]
    """`apt` or `dnf` -> what Spack needs of the system."""
    debian_names: Mapping[str, str]
    """Spack's name -> Debian's, where no rule leads there."""
    apptainer: Apptainer
    machines: Mapping[str, Machine]
    """By name."""

    def debian_name(self, package: str) -> str:
        """What Debian and Ubuntu call a Spack package, if they have it."""
        if package in self.debian_names:
            return self.debian_names[package]
        for begins, (before, after) in _LANGUAGES.items():
            if package.startswith(begins):
                return f"{before}{package.removeprefix(begins)}{after}"
        return package.replace("_", "-")


def _apptainer(table: Mapping[str, str]) -> Apptainer:
    return Apptainer(table["version"], table["installer"], table["sha256"])


def _machines(table: Mapping[str, Any]) -> dict[str, Machine]:
    rows = {name: row for name, row in table.items() if isinstance(row, dict)}
    return {name: Machine(name=name, **row) for name, row in rows.items()}


@lru_cache
def _containers() -> Containers:
    table = read_toml(_FILE)
    bases, prerequisites = table["bases"], table["prerequisites"]
    return Containers(
        bases=bases["images"],
        default_bases={installer: bases[installer] for installer in ("spack", "apt")},
        prerequisites={system: tuple(prerequisites[system]) for system in ("apt", "dnf")},
        debian_names=table["debian"]["names"],
        apptainer=_apptainer(table["apptainer"]),
        machines=_machines(table["machines"]),
    )


CONTAINERS: Containers

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Containers:
        """Read the file when `CONTAINERS` is first asked for (PEP 562)."""
        if name == "CONTAINERS":
            return _containers()
        raise AttributeError(name)
