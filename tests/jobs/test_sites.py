"""What every seed of the library offers to jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from petal_constructs.jobs.check import check_job, read_job
from petal_constructs.planning import load_seed, plan_checked
from petal_constructs.platforms import platform
from tests.jobs.sites import SEED, site

SEEDS = sorted((Path(__file__).parents[2] / "seeds").glob("*.yaml"))


def sites_of(seed_file):
    plan = plan_checked(load_seed(seed_file))
    return platform(plan.platform).job_sites(plan)


@pytest.mark.parametrize("seed_file", SEEDS, ids=lambda path: path.stem)
def test_every_queue_of_a_seed_has_nodes_for_jobs(seed_file):
    for each in sites_of(seed_file):
        assert each.partition(each.default) is not None
        for queue in each.partitions:
            assert queue.max_nodes > 0
            assert queue.kinds
            for kind in queue.kinds:
                assert min(kind.cpus, kind.memory_mib, kind.count, kind.threads) > 0
                assert kind.features


def test_slurm_hands_out_less_memory_in_pods_than_on_nodes():
    on_nodes, in_pods = (
        site(on).partition("compute").kinds[0] for on in ("parallelcluster", "pcs")
    )

    assert (on_nodes.cpus, in_pods.cpus) == (16, 16)
    assert (on_nodes.threads, in_pods.threads) == (1, 2)
    assert in_pods.memory_mib < on_nodes.memory_mib < 32 * 1024


def test_max_count_is_split_on_parallelcluster_and_shared_on_pcs():
    classic, pods = (site(on).partition("memory") for on in ("parallelcluster", "pcs"))

    assert ([kind.count for kind in classic.kinds], classic.max_nodes) == ([2, 2], 4)
    assert ([kind.count for kind in pods.kinds], pods.max_nodes) == ([4, 4], 4)


def test_a_program_that_a_package_brings_is_there(tmp_path):
    text = SEED.read_text().replace("[samtools@1.17,", "[apptainer@1.4, samtools@1.17,")
    (tmp_path / "seed.yaml").write_text(text)
    missing = sites_of(tmp_path / "seed.yaml")[0].missing

    assert {"apptainer", "singularity", "docker"}.difference(missing) == {
        "apptainer",
        "singularity",
    }


def test_pods_have_modules_if_the_seed_has_software(tmp_path):
    seed = yaml.safe_load(SEED.read_text())
    del seed["software"]
    (tmp_path / "seed.yaml").write_text(yaml.safe_dump(seed))
    (bare,) = platform("pcs").job_sites(
        plan_checked(load_seed(tmp_path / "seed.yaml", platform="pcs"))
    )
    job = read_job(b"#!/bin/bash\nmodule load samtools\n")

    assert site("pcs").module_command
    assert [each.code for each in check_job(job, bare)] == ["J133"]


def test_nodes_have_pyxis_if_the_seed_asks_for_it(tmp_path):
    seed = yaml.safe_load(SEED.read_text())
    seed["software"]["container_runtime"] = "pyxis"
    (tmp_path / "seed.yaml").write_text(yaml.safe_dump(seed))
    (with_pyxis,) = sites_of(tmp_path / "seed.yaml")

    assert "container-image" in with_pyxis.plugins
    assert "container-image" not in site("parallelcluster").plugins


def test_each_side_of_a_hybrid_cluster_knows_the_queues_of_the_other():
    classic, pods = sites_of(next(path for path in SEEDS if path.stem == "hybrid"))

    assert set(classic.elsewhere) == {queue.name for queue in pods.partitions}
    assert set(pods.elsewhere) == {queue.name for queue in classic.partitions}
