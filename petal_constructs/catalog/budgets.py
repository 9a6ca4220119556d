"""What AWS Budgets offers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("budgets.toml")


@dataclass(frozen=True, slots=True)
class Budgets:
    """Where budgets are, and when they warn."""

    source: str
    as_of: str
    regions: tuple[str, ...]
    """Regions where CloudFormation makes a budget."""
    alerts: tuple[tuple[str, int], ...]
    """What is compared, `ACTUAL` or `FORECASTED` cost of the month, and percent of the budget."""


@lru_cache
def budgets() -> Budgets:
    """The facts."""
    return Budgets(**read_toml(_FILE))
