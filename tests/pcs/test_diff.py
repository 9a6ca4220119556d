"""What `petal diff` says on pcs, before CloudFormation's rules of replacement."""

from __future__ import annotations

import copy
from functools import lru_cache

import pytest

from petal_constructs.changes import seed_changes
from petal_constructs.planning import plan_checked
from petal_constructs.platforms import pcs
from tests.live_changes import after
from tests.oracles.deployed import Deployed
from tests.pcs_changes import IN_A_NETWORK, TABLES
from tests.stacks import synthesised

CASES = [(number, row) for number, (_, rows, _) in enumerate(TABLES) for row in rows]
HARMLESS = {"AWS::Budgets::Budget", "AWS::EKS::PodIdentityAssociation"}
"""Replaced in a moment, with nothing in them."""


def deployed(seed):
    return Deployed(synthesised(plan_checked(seed)), seed.cluster.region)


@lru_cache
def running(number):
    return deployed(after({}, TABLES[number][0]))


def replaced(old, new):
    """Types of the resources that CloudFormation makes anew."""
    resources = old.template["Resources"]
    both = resources.keys() & new.template["Resources"].keys()
    return {
        kind
        for name in both
        if (kind := resources[name]["Type"]).startswith("AWS::")
        and old.identity(name) != new.identity(name)
    }


@pytest.mark.parametrize(("number", "row"), CASES, ids=str)
def test_a_change_does_what_is_said(number, row):
    seed = TABLES[number][0]
    found = seed_changes(after({}, seed), after(row.edits, seed))

    gravest = max(found, key=lambda change: change.consequence.severity)

    assert gravest.consequence == row.consequence, gravest


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("number", "row"),
    [case for case in CASES if case[1].consequence in {"live", "drain", "stop"}],
    ids=str,
)
def test_what_is_no_loss_replaces_nothing_that_holds_data_or_runs_jobs(number, row):
    old, new = running(number), deployed(after(row.edits, TABLES[number][0]))

    kept = old.stateful.items() <= new.stateful.items()

    assert kept
    assert replaced(old, new) - HARMLESS <= {
        "stop": {"AWS::EFS::MountTarget", "AWS::EKS::Nodegroup"},
    }.get(row.consequence, set())


@pytest.mark.oracle
def test_the_judges_of_replacement_are_awake():
    moved = {"network.private_subnets.0": "subnet-0123456789abcdef9"}
    old, new = deployed(after({}, IN_A_NETWORK)), deployed(after(moved, IN_A_NETWORK))

    assert {"AWS::FSx::FileSystem", "AWS::EFS::MountTarget"} <= replaced(old, new)


def test_an_unchanged_seed_changes_nothing():
    for seed, _, _ in TABLES:
        assert seed_changes(after({}, seed), after({}, seed)) == ()


def test_what_is_new_is_told_in_the_order_of_the_manifests():
    seed = copy.deepcopy(TABLES[0][0])
    old = after({}, seed)
    seed["compute"]["queues"] += [
        {"name": f"added-{number}", "instance_types": ["c7i.4xlarge"]} for number in range(4)
    ]

    found = pcs.effects(plan_checked(old), plan_checked(after({}, seed)))

    sets = [effect.part for effect in found if effect.part.startswith("NodeSet ")]
    assert sets == sorted(sets)
    assert len(sets) == 4
