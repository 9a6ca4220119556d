"""Write the catalog's on-demand prices from a CSV file.

    python tools/refresh_prices.py prices.csv "the Price List API, region by region"

The CSV has the columns region, instance_type, price_per_hour and as_of (ISO 8601); lines that
start with # are skipped. The second argument says where it comes from. Regions that the file does
not hold keep their prices; one region has one date. Review the diff before you commit it.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

from petal_constructs.catalog import prices
from petal_constructs.catalog.tables import Table, read_table

Origin = tuple[str, str]
"""As-of date and source of one region's prices."""
Prices = dict[str, dict[str, str]]
"""Price as written, by region and type."""


def read_csv(path: Path, source: str) -> tuple[dict[str, Origin], Prices]:
    """Prices by region and type, and where each region's come from.

    Raises:
        ValueError: A region has two dates, or a price is not a positive number.
    """
    origins: dict[str, Origin] = {}
    found: Prices = defaultdict(dict)
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            region, origin = row["region"], (row["as_of"], source)
            if origins.setdefault(region, origin) != origin or not float(row["price_per_hour"]) > 0:
                msg = f"{path}: {row}: a second date for {region}, or not a price"
                raise ValueError(msg)
            found[region][row["instance_type"]] = row["price_per_hour"]
    return origins, dict(found)


def read_catalog(table: Table) -> tuple[dict[str, Origin], Prices]:
    """The same from the catalog's own file."""
    regions = table.columns[1:]
    origins = {region: prices.origin(table, region) for region in regions}
    found: Prices = {region: {} for region in regions}
    for name in table.rows:
        for region, price in zip(regions, (table.cells(name) or ())[1:], strict=True):
            if price:
                found[region][name] = price
    return origins, found


def text(origins: dict[str, Origin], found: Prices) -> str:
    """The catalog's file: a row for each type, a column for each region."""
    regions = sorted(found)
    head = ["# written by: tools/refresh_prices.py; do not edit"]
    head += [f"# {region}: {' '.join(origins[region])}" for region in regions]
    names = sorted({name for column in found.values() for name in column})
    rows = [(name, *(found[region].get(name, "") for region in regions)) for name in names]
    return "\n".join([*head, *("\t".join(row) for row in [("name", *regions), *rows])]) + "\n"


def refresh(path: Path, source: str) -> None:
    """Replace the prices of every region that the CSV holds."""
    origins, found = read_csv(path, source)
    if prices.PRICES.exists():
        known_origins, known = read_catalog(read_table(prices.PRICES))
        origins, found = known_origins | origins, known | found
    prices.PRICES.write_text(text(origins, found), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    refresh(Path(sys.argv[1]), sys.argv[2])
