"""Queues with containers of their own, before ParallelCluster's validators."""

from __future__ import annotations

import pytest

from tests.oracles.test_agreement import GOOD, changed, judged

pytestmark = pytest.mark.oracle

IMAGES = {
    "compute": {"queues": [{"name": "all"}, {"name": "stats", "containers": ["r"]}]},
    "software": {
        "containers": [
            {"name": "r", "image": "quay.io/lab/r:4"},
            {"name": "py", "image": "quay.io/lab/py:3"},
        ]
    },
}


def test_parallelcluster_takes_the_program_that_slurm_asks(tmp_path, parallelcluster):
    assert judged(tmp_path, changed(GOOD, IMAGES), parallelcluster) == (set(), [])


def test_parallelcluster_takes_pyxis_beside_them(tmp_path, parallelcluster):
    pyxis = changed(changed(GOOD, IMAGES), {"software": {"container_runtime": "pyxis"}})

    assert judged(tmp_path, pyxis, parallelcluster) == (set(), [])
