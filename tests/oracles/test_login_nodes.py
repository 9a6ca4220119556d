"""Login nodes before ParallelCluster's own validators, and their changes before its policies."""

from __future__ import annotations

from functools import lru_cache

import pytest

from petal_constructs.changes import seed_changes
from petal_constructs.planning import plan_checked
from petal_constructs.platforms.parallelcluster.config_changes import config_changes
from tests.live_changes import FIRST_POOL, LOGIN_ROWS, WITH_LOGINS, after, before
from tests.oracles.deployed import Deployed
from tests.oracles.test_diff import verdict
from tests.oracles.test_seeds import zones
from tests.stacks import synthesised

pytestmark = pytest.mark.oracle


def deployed(seed):
    return Deployed(synthesised(plan_checked(seed)), seed.cluster.region)


@lru_cache
def deployed_after(row):
    return deployed(after(row.edits, WITH_LOGINS))


@lru_cache
def running():
    return deployed(after({}, WITH_LOGINS))


@pytest.mark.parametrize("row", LOGIN_ROWS, ids=str)
def test_petal_diff_agrees_with_those_who_decide(parallelcluster, row):
    old, new = after({}, WITH_LOGINS), after(row.edits, WITH_LOGINS)

    said = max(seed_changes(old, new), key=lambda change: change.consequence.severity)

    decided = verdict(parallelcluster, running(), deployed_after(row))
    assert said.consequence == row.consequence
    assert decided == (row.update or row.consequence)
    if row.consequence in {"live", "stop"}:
        assert running().stateful.items() <= deployed_after(row).stateful.items()


@pytest.mark.parametrize("row", LOGIN_ROWS, ids=str)
def test_petal_sees_as_many_parameters_as_parallelcluster(parallelcluster, row):
    old, new = running().config, deployed_after(row).config

    found = sorted(change.policy for change in config_changes(old, new))

    assert found == sorted(change.policy for change in parallelcluster.update(old, new).rows)


def with_pools(*pools):
    return running().config | {"LoginNodes": {"Pools": list(pools)}}


def pool(**parts):
    return running().config["LoginNodes"]["Pools"][0] | parts


@pytest.mark.parametrize(("minutes", "refused"), [(2, True), (3, False), (120, False), (121, True)])
def test_parallelcluster_takes_the_grace_times_that_a_seed_may_have(
    parallelcluster, minutes, refused
):
    assert bool(parallelcluster.schema(with_pools(pool(GracetimePeriod=minutes)))) is refused


@pytest.mark.parametrize(
    ("validator", "pools"),
    [
        ("MaxCountValidator", [{"Name": f"login{number}"} for number in range(11)]),
        ("DuplicateNameValidator", [{}, {}]),
        ("NameValidator", [{"Name": "default"}]),
        ("NameValidator", [{"Name": "a" * 26}]),
    ],
    ids=["eleven pools", "one name twice", "default", "26 letters"],
)
def test_parallelcluster_refuses_what_petal_refuses(parallelcluster, validator, pools):
    config = with_pools(*(pool(**parts) for parts in pools))

    found = parallelcluster.validate(config, "lab", zones=zones(config))

    assert {finding.validator for finding in found if finding.level == "ERROR"} == {validator}


def test_the_first_login_nodes_come_to_a_cluster_that_runs(parallelcluster):
    old, new = before(), after(FIRST_POOL)

    said = max(seed_changes(old, new), key=lambda change: change.consequence.severity)

    assert said.consequence == "live"
    assert verdict(parallelcluster, deployed(old), deployed(new)) == "live"
