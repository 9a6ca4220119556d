"""Accounts that ParallelCluster's nodes have before any user of a seed is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("accounts.toml")


@dataclass(frozen=True, slots=True)
class Accounts:
    """Names and ids that a seed's users cannot have."""

    source: str
    as_of: str
    names: tuple[str, ...]
    ids: Mapping[int, str]
    """User or group id -> whose it is."""


@lru_cache
def reserved() -> Accounts:
    """What is taken on the images of ParallelCluster."""
    table = read_toml(_FILE)
    ids = {int(number): owner for number, owner in table["ids"].items()}
    return Accounts(**table | {"ids": ids})
