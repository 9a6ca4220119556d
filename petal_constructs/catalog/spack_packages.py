"""Names that a Spack spec may have.

Example:
    >>> from petal_constructs.catalog.spack_packages import spack_packages
    >>> "samtools" in spack_packages().packages
    True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).with_name("spack_packages.tsv")


@dataclass(frozen=True, slots=True)
class SpackPackages:
    """Names of Spack's recipes at one time."""

    date: str
    """Of the recipes, in ISO 8601."""
    release: str
    """Tag of spack-packages that they are of; `none` for a commit between two."""
    packages: frozenset[str]
    virtual: frozenset[str]
    """What packages provide, such as `mpi`."""
    compilers: Mapping[str, str]
    """What may stand behind a `%` besides, such as `clang` -> the package, such as `llvm`."""

    def has(self, name: str, *, of_compiler: bool = False) -> bool:
        """Whether a spec may have the name; behind a `%` that of a compiler too."""
        return (
            name in self.packages
            or name in self.virtual
            or (of_compiler and name in self.compilers)
        )


@lru_cache
def spack_packages() -> SpackPackages:
    """The list, read when it is first asked for."""
    head, _, names = _FILE.read_text(encoding="utf-8").partition("\nname\n")
    about = dict(line.removeprefix("# ").split(": ", 1) for line in head.splitlines())
    return SpackPackages(
        date=about["date"],
        release=about["release"],
        packages=frozenset(names.split()),
        virtual=frozenset(about["virtual"].split()),
        compilers=dict(pair.split("=") for pair in about["compilers"].split()),
    )


def alike(name: str, names: Iterable[str]) -> list[str]:
    """Those that begin alike, whatever language they are of: a likely one is sought there."""
    start = name.removeprefix("py-").removeprefix("r-")[:2]
    return sorted(
        known for known in names if known.startswith((start, f"py-{start}", f"r-{start}"))
    )
