"""On-demand prices of EC2 instance types: Linux, shared tenancy, without taxes and discounts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from petal_constructs.catalog.tables import Table, read_table

PRICES = Path(__file__).with_name("prices.tsv")

Currency = Literal["USD", "CNY"]


@dataclass(frozen=True, slots=True)
class Price:
    """What one instance costs while it runs.

    Attributes:
        amount: Per hour, in `currency`; always above zero.
        currency: `CNY` in the Chinese regions, `USD` elsewhere.
        as_of: Date of the price list, ISO 8601.
        source: Where the price list comes from.
    """

    amount: float
    currency: Currency
    as_of: str
    source: str


@lru_cache
def on_demand(region: str, name: str) -> Price | None:
    """Price of a type in a region; None, never zero, where the catalog has none."""
    table = read_table(PRICES)
    cells = table.cells(name)
    if cells is None or region not in regions():
        return None
    amount = cells[table.columns.index(region)]
    if not amount:
        return None
    currency: Currency = "CNY" if region.startswith("cn-") else "USD"
    return Price(float(amount), currency, *origin(table, region))


def regions() -> tuple[str, ...]:
    """Regions that the catalog has prices for."""
    return read_table(PRICES).columns[1:]


def origin(table: Table, region: str) -> tuple[str, str]:
    """Date and source of a region's prices."""
    as_of, _, source = table.about[region].partition(" ")
    return as_of, source
