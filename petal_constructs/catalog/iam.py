"""Quotas of AWS Identity and Access Management."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("iam.toml")


@dataclass(frozen=True, slots=True)
class Quotas:
    """What an account has by default."""

    source: str
    as_of: str
    policy_characters: int
    """Most characters of a managed policy, white space not counted."""
    managed_policies_of_a_role: int
    """Most managed policies of one role; AWS raises it on request."""


@lru_cache
def quotas() -> Quotas:
    """The facts."""
    return Quotas(**read_toml(_FILE))
