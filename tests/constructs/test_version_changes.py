"""What another version of petal would have deployed, told from what this one makes."""

from __future__ import annotations

import json

import pytest

from petal_constructs import __version__
from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.changes import version_change
from petal_constructs.cli.assembly import synthesise
from petal_constructs.planning import load_seed, plan_checked
from petal_constructs.platforms.parallelcluster import version_effects
from petal_constructs.record import Record
from petal_constructs.render import node
from tests.further_changes import TABLES
from tests.live_changes import ROWS, SEED, after
from tests.stacks import (
    BIO,
    cluster_configuration,
    plan_of,
    seeds_of,
    synthesised,
    template_of,
)


@pytest.mark.parametrize("seed", seeds_of("parallelcluster"), ids=lambda seed: seed.stem)
def test_what_this_version_deployed_it_does_not_change(seed):
    assert version_effects(template_of(seed), plan_of(seed)) == ()


MANY_BUCKETS = next(row for row in ROWS if row.name.startswith("so many buckets")).edits


@pytest.mark.parametrize(
    ("tree", "edits"),
    [*((tree, {}) for tree, _, _ in TABLES), (SEED, MANY_BUCKETS)],
    ids=["plain", "with login nodes", "with all", "directory", "images", "small", "many buckets"],
)
def test_nor_does_it_where_a_seed_asks_for_everything(tree, edits):
    plan = plan_checked(after(edits, tree))

    assert version_effects(synthesised(plan), plan) == ()


def test_leave_to_destroy_is_who_deploys_and_not_petal(tmp_path):
    plan = plan_checked(after({}))
    stack = synthesise(plan, tmp_path, check_template=False, destroy_data=True)
    template = json.loads((tmp_path / f"{stack}.template.json").read_text())

    assert version_effects(template, plan) == ()


def consequences(template):
    return {
        effect.part: str(effect.consequence) for effect in version_effects(template, plan_of(BIO))
    }


def with_text(old, new):
    text = json.dumps(template_of(BIO))
    assert old in text
    return json.loads(text.replace(old, new))


def test_other_node_scripts_drain_every_queue():
    found = consequences(with_text(node.boot_hash(), "0123456789ab"))

    queue = "Scheduling.SlurmQueues[{}].CustomActions.OnNodeConfigured.Args"
    assert found.pop(queue.format("compute")) == found.pop(queue.format("memory")) == "drain"
    assert found == {"HeadNode.CustomActions.OnNodeUpdated.Args": "live"}


def test_another_parallelcluster_wants_a_new_cluster():
    found = consequences(with_text(f"/{FACTS.version}/", "/3.15.0/"))

    assert found == {"ParallelCluster": "refused"}


def test_a_queue_that_another_version_made_of_other_sizes_is_seen():
    template = template_of(BIO)
    queue = cluster_configuration(template)["Scheduling"]["SlurmQueues"][0]
    queue["ComputeResources"][0]["Name"] = "large"

    assert set(consequences(template).values()) == {"live", "stop"}


def test_a_template_without_a_cluster_differs_in_nothing():
    assert consequences({}) == {}


def test_it_is_one_change_with_both_versions():
    template = with_text(node.boot_hash(), "0123456789ab")
    seed = load_seed(BIO, environment={})

    change = version_change(Record("0.0.9", ""), seed, template)

    assert (change.field, change.old, change.new) == ("petal", "0.0.9", __version__)
    assert change.consequence == "drain"
    assert change.why.startswith("this version of petal writes it differently: queue compute dr")
    assert version_change(Record("0.0.9", ""), seed, template_of(BIO)) is None
