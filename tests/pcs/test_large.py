"""A university on one cluster: 40 queues, 30 tenants, of which eight have a Slurm of their own."""

from __future__ import annotations

import json

import pytest

from benchmarks.large_seed import large_seed
from petal_constructs.cli.assembly import synthesise
from tests.manifests import judge
from tests.pcs.plans import plan_of


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """The template as `petal` writes it."""
    folder = tmp_path_factory.mktemp("large")
    stack = synthesise(plan_of(large_seed()), folder, check_template=False)
    return (folder / f"{stack}.template.json").read_text()


def test_the_seed_is_as_large_as_it_says():
    plan = plan_of(large_seed())

    shared, *dedicated = plan.clusters
    assert len(plan.queues) == 40
    assert [account.name for account in shared.accounts][-1] == "group21"
    assert [len(cluster.queues) for cluster in dedicated] == [1, 2] * 4


def test_the_template_has_room_for_more_resources(text):
    assert len(json.loads(text)["Resources"]) < judge.RESOURCES


def test_the_template_is_small_enough_for_cloudformation(text):
    assert len(text) < judge.TEMPLATE_BYTES


def test_each_manifest_is_small_enough_for_kubectl(text):
    manifests = judge.manifests(json.loads(text))
    sizes = {name: len(json.dumps(objects)) for name, objects in manifests.items()}

    assert {k: size for k, size in sizes.items() if size >= judge.MANIFEST_BYTES} == {}
