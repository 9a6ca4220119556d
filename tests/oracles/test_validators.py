"""ParallelCluster's validators, one by one: which of petal's rules says the same, or why none."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from petal_constructs import explain

pytestmark = pytest.mark.oracle

VALIDATORS = tomllib.loads(Path(__file__).with_name("validators.toml").read_text())
KINDS = {"codes", "asks", "warns", "never"}


def test_every_validator_of_parallelcluster_is_accounted_for(parallelcluster):
    assert sorted(VALIDATORS) == parallelcluster.validators()


@pytest.mark.parametrize("validator", VALIDATORS)
def test_what_is_said_of_a_validator_can_be_true(validator):
    row = VALIDATORS[validator]

    assert row
    assert row.keys() <= KINDS
    assert len(row) == 1 or "never" not in row
    assert set(row.get("codes", ())) <= set(explain.codes())
