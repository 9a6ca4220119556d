"""What `petal diff` says of a cluster with two sides: the worst that it does to either."""

from __future__ import annotations

import pytest

from petal_constructs.changes import seed_changes
from petal_constructs.plan.changes import worst
from petal_constructs.planning import plan_seed
from petal_constructs.platforms import hybrid, parallelcluster, pcs
from tests.hybrid.seeds import seed_of, tree

ADDED = {"instance_types": ["c7i.4xlarge"], "max_count": 4}
BUCKET = {"bucket": "lab-inputs", "mount_point": "/shared/inputs"}


def queue_added(side):
    def change(seed):
        seed["platforms"][side]["queues"].append({"name": "added", **ADDED})

    return change


def queue_removed(side):
    def change(seed):
        del seed["platforms"][side]["queues"][-1]

    return change


def section(key, value):
    return lambda seed: seed.update({key: value})


ROWS = {
    "queue added on EC2": (queue_added("parallelcluster"), "live"),
    "queue added on EKS": (queue_added("pcs"), "live"),
    "queue removed on EC2": (queue_removed("parallelcluster"), "stop"),
    "queue removed on EKS": (queue_removed("pcs"), "stop"),
    "another uid": (lambda seed: seed["users"][0].update(uid=7001), "refused"),
    "user removed": (lambda seed: seed["users"].pop(), "live"),
    "bucket added": (lambda seed: seed["data"].update(s3_mounts=[BUCKET]), "drain"),
    "file system removed": (lambda seed: seed["data"].update(shared=[]), "data-loss"),
    "no job records": (section("accounting", False), "replace"),
    "other zones": (section("network", {"zones": ["us-east-1c", "us-east-1d"]}), "refused"),
    "another budget": (section("budget", 5), "live"),
    "tag": (lambda seed: seed["cluster"].update(tags={"team": "x"}), "live"),
    "another name": (lambda seed: seed["cluster"].update(name="lab2"), "replace"),
}


def changed(folder, name):
    new = tree()
    ROWS[name][0](new)
    return seed_of(folder, tree()), seed_of(folder, new)


@pytest.mark.parametrize("name", ROWS)
def test_a_change_does_what_is_said(name, tmp_path):
    found = seed_changes(*changed(tmp_path, name))

    gravest = max(found, key=lambda change: change.consequence.severity)
    assert gravest.consequence == ROWS[name][1], gravest


@pytest.mark.parametrize("name", [name for name in ROWS if name != "another name"])
def test_nothing_is_less_grave_than_on_the_side_that_it_hits_most(name, tmp_path):
    old, new = map(plan_seed, changed(tmp_path, name))

    sides = (
        *parallelcluster.effects(old.parallelcluster, new.parallelcluster),
        *pcs.effects(old.pcs, new.pcs),
    )

    assert worst(hybrid.effects(old, new)) == worst(sides) is not None
