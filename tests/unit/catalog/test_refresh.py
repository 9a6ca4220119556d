from __future__ import annotations

import importlib.metadata
from dataclasses import replace
from pathlib import Path

import pytest

from petal_constructs.catalog import prices
from petal_constructs.catalog.instance_types import CURRENT, WITHDRAWN
from petal_constructs.catalog.tables import read_table
from tools import refresh_instance_types, refresh_prices
from tools.refresh_instance_types import Release, current_text, read_release, withdrawn_text


@pytest.fixture(scope="module")
def installed() -> Release:
    """The release that the catalog was made from, if that is the installed one."""
    moto = pytest.importorskip("moto", reason="pip install moto")
    about = read_table(CURRENT).about
    version = importlib.metadata.version("moto")
    if about["source"] != f"moto {version}":
        pytest.skip(f"the catalog was made with {about['source']}, installed is {version}")
    resources = Path(moto.__file__).parent / "ec2" / "resources"
    return read_release(resources, version, about["as_of"])


def test_a_refresh_writes_what_is_committed(installed):
    assert current_text(installed) == CURRENT.read_text()
    assert withdrawn_text(installed, read_table(CURRENT), read_table(WITHDRAWN)) == (
        WITHDRAWN.read_text()
    )


def test_a_type_that_a_new_release_lacks_moves_to_the_withdrawn_ones(installed):
    types = {name: found for name, found in installed.types.items() if name != "c5.4xlarge"}
    newer = replace(installed, version="9.9.9", types=types)

    text = withdrawn_text(newer, read_table(CURRENT), read_table(WITHDRAWN))

    (row,) = (line for line in text.splitlines() if line.startswith("c5.4xlarge\t"))
    successor, *last_seen = row.split("\t")[-3:]
    assert types[successor].vcpus == 16
    assert last_seen == [read_table(CURRENT).about[key] for key in ("source", "as_of")]
    assert "\np3.2xlarge\t" in text


def test_a_type_that_returns_is_not_withdrawn_any_more(installed):
    types = installed.types | {
        "p3.2xlarge": replace(installed.types["g5.xlarge"], name="p3.2xlarge")
    }

    text = withdrawn_text(replace(installed, types=types), None, read_table(WITHDRAWN))

    assert "\np3.2xlarge\t" not in text
    assert "\np3.8xlarge\t" in text


def test_hand_picked_successors_exist_and_are_needed(installed):
    picked = refresh_instance_types.SUCCESSORS

    assert set(picked) <= set(read_table(WITHDRAWN).rows)
    assert set(picked.values()) <= set(installed.types)


def test_the_catalog_of_prices_survives_a_round_trip():
    table = read_table(prices.PRICES)

    assert refresh_prices.text(*refresh_prices.read_catalog(table)) == prices.PRICES.read_text()


HEADER = "# a comment\nregion,instance_type,price_per_hour,as_of\n"


def test_prices_are_read_as_written(tmp_path):
    csv = tmp_path / "prices.csv"
    csv.write_text(HEADER + "eu-west-1,c5.large,0.10,2026-11-01\n")

    origins, found = refresh_prices.read_csv(csv, "a list")

    assert found == {"eu-west-1": {"c5.large": "0.10"}}
    assert refresh_prices.text(origins, found) == (
        "# written by: tools/refresh_prices.py; do not edit\n"
        "# eu-west-1: 2026-11-01 a list\n"
        "name\teu-west-1\n"
        "c5.large\t0.10\n"
    )


@pytest.mark.parametrize(
    "rows",
    [
        "eu-west-1,c5.large,0,2026-11-01\n",
        "eu-west-1,c5.large,-1,2026-11-01\n",
        "eu-west-1,c5.large,free,2026-11-01\n",
        "eu-west-1,c5.large,1,2026-11-01\neu-west-1,c5.xlarge,2,2026-11-02\n",
    ],
)
def test_a_price_of_nothing_or_of_two_dates_is_refused(tmp_path, rows):
    csv = tmp_path / "prices.csv"
    csv.write_text(HEADER + rows)

    with pytest.raises(ValueError, match=r"price|float"):
        refresh_prices.read_csv(csv, "a list")
