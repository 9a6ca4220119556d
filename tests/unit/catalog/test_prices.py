from __future__ import annotations

import math

import pytest

from petal_constructs.catalog import instance_types, prices
from petal_constructs.catalog.prices import on_demand
from petal_constructs.catalog.tables import read_table


def test_a_price_has_currency_date_and_source():
    price = on_demand("us-east-1", "t3.xlarge")

    assert (price.amount, price.currency, price.as_of) == (0.1664, "USD", "2026-07-20")
    assert "AWS Price List API" in price.source


def test_chinese_regions_are_priced_in_yuan():
    assert on_demand("cn-north-1", "c3.2xlarge").currency == "CNY"


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("eu-west-1", "t3.xlarge"),
        ("us-east-1", "t9.huge"),
        ("us-east-1", "name"),
        ("name", "t3.xlarge"),
        ("", ""),
        ("cn-north-1", "a1.large"),
    ],
)
def test_an_unknown_price_is_none_and_never_zero(region, name):
    assert on_demand(region, name) is None


def test_every_price_is_a_positive_number():
    for name in read_table(prices.PRICES).rows:
        found = [on_demand(region, name) for region in prices.regions()]
        amounts = [price.amount for price in found if price is not None]
        assert amounts
        assert all(math.isfinite(amount) and amount > 0 for amount in amounts)


def test_what_us_east_1_offers_has_a_price_but_for_the_newest_types():
    offered = [n for n in instance_types.names() if instance_types.offered_in(n, "us-east-1")]
    priced = [name for name in offered if on_demand("us-east-1", name)]

    assert len(priced) / len(offered) > 0.95
