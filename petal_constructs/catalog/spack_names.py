"""What Spack calls software that goes by another name elsewhere.

Example:
    >>> from petal_constructs.catalog.spack_names import spack_names
    >>> spack_names().packages["libopenmpi-dev"]
    'openmpi'
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("spack_names.toml")


@dataclass(frozen=True, slots=True)
class SpackNames:
    """Exceptions from the rules; names to the left are in lower case."""

    source: str
    as_of: str
    python: Mapping[str, str]
    """Of pip; empty where Spack brings it with Python."""
    conda: Mapping[str, str]
    packages: Mapping[str, str]
    """Of Linux distributions and module trees."""
    images: Mapping[str, str]
    """Repository of an image that is made for one program -> that program."""
    systems: re.Pattern[str]
    """Images that hold a base system alone."""
    base: Mapping[str, re.Pattern[str]]
    """Why something is not software for users -> what is meant."""

    def not_needed(self, name: str) -> str:
        """Why a package of a distribution need not be in a seed; empty where it may be needed."""
        return next((why for why, names in self.base.items() if names.fullmatch(name)), "")


@lru_cache
def spack_names() -> SpackNames:
    """The table."""
    table = read_toml(_FILE)
    base = {why: _any_of(names) for why, names in table["base"].items()}
    return SpackNames(**{**table, "base": base, "systems": _any_of(table["systems"]["names"])})


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, names)))
