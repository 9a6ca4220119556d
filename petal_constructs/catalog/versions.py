"""Releases that petal deploys or accepts; `EKS` and `SPACK` are read when first asked for.

Example:
    >>> from petal_constructs.catalog import versions
    >>> versions.EKS.default in versions.EKS.offered
    True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("versions.toml")


@dataclass(frozen=True, slots=True)
class EksRelease:
    """Life of one Kubernetes version on Amazon EKS; dates are ISO 8601."""

    released: str
    standard_until: str
    extended_until: str
    """Support past `standard_until` costs extra; past this one AWS upgrades the cluster."""


@dataclass(frozen=True, slots=True)
class Eks:
    """Kubernetes versions of Amazon EKS."""

    source: str
    as_of: str
    default: str
    releases: Mapping[str, EksRelease]
    """By version, newest first."""

    @property
    def offered(self) -> tuple[str, ...]:
        """Versions in standard or extended support at `as_of`, newest first."""
        return tuple(v for v, life in self.releases.items() if life.extended_until >= self.as_of)

    @property
    def in_standard_support(self) -> tuple[str, ...]:
        """Versions that cost no extra at `as_of`, newest first."""
        return tuple(v for v, life in self.releases.items() if life.standard_until >= self.as_of)


@dataclass(frozen=True, slots=True)
class Spack:
    """Git tags of Spack and of its recipes, which are released apart."""

    source: str
    as_of: str
    release: str
    packages_release: str
    repository: str
    packages_repository: str
    build_cache: str
    """Binaries of those releases."""
    targets: Mapping[str, str]
    """Machine, by `uname -m` -> target that all its EC2 families run, by archspec's names."""


@lru_cache
def _eks() -> Eks:
    table = read_toml(_FILE)["eks"]
    releases = {version: EksRelease(**life) for version, life in table["releases"].items()}
    return Eks(**table | {"releases": releases})


@lru_cache
def _spack() -> Spack:
    return Spack(**read_toml(_FILE)["spack"])


EKS: Eks
SPACK: Spack

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Eks | Spack:
        """Read the file when a value is first asked for (PEP 562)."""
        if name == "EKS":
            return _eks()
        if name == "SPACK":
            return _spack()
        raise AttributeError(name)
