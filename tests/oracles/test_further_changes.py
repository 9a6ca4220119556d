"""The second table of changes, before the judges of the first."""

from __future__ import annotations

from functools import lru_cache

import pytest

from petal_constructs.changes import seed_changes
from petal_constructs.planning import plan_checked
from tests.further_changes import DIRECTORY_ROWS, ROWS, SEED, WITH_A_DIRECTORY
from tests.live_changes import after
from tests.oracles.deployed import Deployed
from tests.oracles.test_diff import verdict
from tests.stacks import synthesised

pytestmark = pytest.mark.oracle

CASES = [(SEED, row) for row in ROWS] + [(WITH_A_DIRECTORY, row) for row in DIRECTORY_ROWS]


def deployed(seed):
    return Deployed(synthesised(plan_checked(seed)), seed.cluster.region)


@lru_cache
def running(name):
    return deployed(after({}, SEED if name == "further" else WITH_A_DIRECTORY))


@pytest.mark.parametrize(("seed", "row"), CASES, ids=lambda part: getattr(part, "name", ""))
def test_petal_diff_agrees_with_those_who_decide(parallelcluster, seed, row):
    old, new = running("further" if seed is SEED else "directory"), deployed(after(row.edits, seed))

    found = seed_changes(after({}, seed), after(row.edits, seed))

    said = max(found, key=lambda change: change.consequence.severity)
    assert (said.consequence, verdict(parallelcluster, old, new)) == (
        row.consequence,
        row.update or row.consequence,
    )
    if row.consequence in {"live", "drain", "stop"}:
        assert old.stateful.items() <= new.stateful.items()
