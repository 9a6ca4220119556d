"""A university on ParallelCluster: 45 queues, 500 users, 40 buckets, ten file systems."""

from __future__ import annotations

import json

import pytest

from benchmarks.large_seed import large_parallelcluster_seed
from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.cli.assembly import synthesise
from petal_constructs.planning import load_seed, plan_seed
from tests.manifests.judge import RESOURCES, TEMPLATE_BYTES

MOST_RESOURCES, MOST_BYTES = 150, 400_000


@pytest.fixture(scope="module")
def seed(tmp_path_factory):
    file = tmp_path_factory.mktemp("seed") / "large.yaml"
    file.write_text(large_parallelcluster_seed())
    return load_seed(file, environment={})


@pytest.fixture(scope="module")
def plan(seed):
    return plan_seed(seed)


def test_the_seed_is_as_large_as_it_says(plan):
    sizes = (len(plan.queues), len(plan.users), len(plan.s3_mounts), len(plan.shared))

    assert sizes == (45, 500, 40, 10)
    for queue in plan.queues:
        (resource,) = queue.compute_resources
        assert len(resource.instance_types) == 3
    assert len(plan.queues) <= FACTS.limits.compute_resources


def test_the_template_stays_small_as_petal_writes_it(seed, plan, tmp_path):
    stack = synthesise(plan, tmp_path / "cdk.out", check_template=False, seed=seed)
    text = (tmp_path / "cdk.out" / f"{stack}.template.json").read_text()

    assert len(json.loads(text)["Resources"]) < MOST_RESOURCES < RESOURCES
    assert len(text) < MOST_BYTES < TEMPLATE_BYTES
