"""The largest seed that petal promises to build, before ParallelCluster's own validators."""

from __future__ import annotations

import pytest

from benchmarks.large_seed import large_parallelcluster_seed
from petal_constructs.planning import load_seed, plan_seed
from tests.oracles.parallelcluster import stringify
from tests.oracles.test_seeds import deployed, zones
from tests.stacks import synthesised

pytestmark = pytest.mark.oracle


def test_45_queues_500_users_and_40_buckets_stay_within_what_parallelcluster_takes(
    parallelcluster, tmp_path
):
    seed = tmp_path / "large.yaml"
    seed.write_text(large_parallelcluster_seed())
    plan = plan_seed(load_seed(seed, environment={}))
    config = stringify(deployed(synthesised(plan)))

    assert parallelcluster.errors(config, plan.name, zones=zones(config)) == []
