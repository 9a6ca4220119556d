"""Software compiled by a Slurm job: the head node's part and the job's.

Spack and Slurm are stood in for. The shared volume is a folder of one machine that all nodes see:
what a lock does over NFS is not proved here.
"""

from __future__ import annotations

import os
import time

import pytest

from petal_constructs.plan.values import Builder
from petal_constructs.render.software import stamp
from tests.node.builds import (
    PACKAGES,
    TOOLS,
    compiles,
    deploy,
    jobs,
    listed,
    log_of,
    marker,
    modules,
    on_queue,
    results,
    run_job,
    state,
)
from tests.node.root import Software


def test_what_build_caches_hold_starts_no_node(nodes):
    listed(nodes, "cached", "samtools", "gatk", "hdf5")

    deploy(nodes)

    assert jobs(nodes) == []
    assert state(nodes) == ["ready", stamp(TOOLS), "0"]
    assert marker(nodes) == stamp(TOOLS)
    assert set(results(nodes).values()) == {"ready"}


def test_the_rest_is_a_job_of_its_own_on_the_queue_that_builds(nodes):
    listed(nodes, "cached", "samtools")

    deploy(nodes)

    (job,) = jobs(nodes)
    for option in (
        *("--partition=compute", "--constraint=cpu16", "--time=1-00:00:00", "--exclusive"),
        *("--job-name=petal-spack", "--dependency=singleton", "--requeue", "--nodes=1"),
    ):
        assert option in job.split()
    assert state(nodes) == ["waiting", stamp(TOOLS), "0"]
    assert modules(nodes) == ["samtools/1.17"]
    assert results(nodes) == {"samtools": "ready", "gatk": "building", "hdf5": "building"}
    assert compiles(nodes[0]) == 0
    assert marker(nodes) is None


def test_the_job_compiles_what_is_missing_with_all_cores(nodes):
    deploy(nodes)

    done = run_job(nodes)

    assert done.returncode == 0, done.stderr
    assert f"install --use-buildcache auto -j {len(os.sched_getaffinity(0))}\n" in log_of(
        nodes[1], "spack"
    )
    assert modules(nodes) == ["gatk/.modulerc", "gatk/4.3.0.0", "hdf5/1.14", "samtools/1.17"]
    assert modules(nodes, "pending") == []
    assert (state(nodes), marker(nodes)) == (["ready", stamp(TOOLS), "0"], stamp(TOOLS))
    assert deploy(nodes).returncode == 0
    assert len(jobs(nodes)) == 1


def test_variants_and_dependencies_reach_spack_as_they_were_written(nodes):
    deploy(nodes)

    manifest = nodes[0].path("/petal/environment/spack.yaml").read_text()

    assert "  - 'hdf5@1.14+mpi ^openmpi@4.1'\n" in manifest


def test_a_job_that_waits_or_runs_is_left_alone(nodes):
    deploy(nodes)

    for _ in range(3):
        assert nodes[0].step("30-software").returncode == 0

    assert len(jobs(nodes)) == 1


def test_a_slurm_that_does_not_answer_gets_no_second_job(nodes):
    deploy(nodes)
    nodes[0].path("/var/standin/job").unlink()
    nodes[0].put("/var/standin/no-slurm", "")

    nodes[0].step("30-software")

    assert len(jobs(nodes)) == 1


def test_a_job_that_is_gone_without_a_result_is_asked_for_again(nodes):
    deploy(nodes)
    nodes[0].path("/var/standin/job").unlink()

    nodes[0].step("30-software")

    assert (len(jobs(nodes)), state(nodes)[0]) == (2, "waiting")


def test_a_job_that_slurm_refuses_is_a_failed_build(nodes):
    nodes[0].put("/var/standin/no-slurm", "")

    deploy(nodes)

    assert state(nodes) == ["failed", stamp(TOOLS), "1"]
    assert set(results(nodes).values()) == {"failed"}


def test_a_failed_package_hides_no_other_and_is_seen(nodes):
    listed(nodes, "broken", "gatk")
    deploy(nodes)

    done = run_job(nodes)

    assert done.returncode == 1
    assert results(nodes) == {"samtools": "ready", "gatk": "failed", "hdf5": "ready"}
    assert modules(nodes, "pending") == ["gatk/4.3.0"]
    assert (state(nodes), marker(nodes)) == (["failed", stamp(TOOLS), "1"], None)
    assert "not built: gatk 4.3.0" in log_of(nodes[1], "logger")
    kept = nodes[0].path("/petal/log/failed/spack-stage-gatk@4.3.0.txt")
    assert kept.read_text() == "error: gatk@4.3.0\n"
    assert list(nodes[1].path("/var/tmp").glob("petal-*")) == []


def test_failures_are_tried_again_ever_more_rarely(nodes):
    listed(nodes, "broken", "gatk")
    deploy(nodes)
    run_job(nodes)
    path = nodes[0].path("/petal/log/spack.state")

    for failures, hours in ((1, 1), (2, 2), (3, 4), (6, 32), (99, 32)):
        for age, due in ((hours * 0.9, False), (hours * 1.1, True)):
            before = len(jobs(nodes))
            path.write_text(f"failed {stamp(TOOLS)} {failures}\n")
            then = time.time() - age * 3600
            os.utime(path, (then, then))
            nodes[0].step("30-software")
            assert len(jobs(nodes)) - before == due, (failures, age)


def test_a_name_that_spack_does_not_know_stops_only_itself(nodes):
    listed(nodes, "unknown", "samtols")
    software = on_queue("samtols@1.17", "bwa@0.7.17")

    deploy(nodes, software)
    run_job(nodes)

    assert results(nodes) == {"samtols": "failed", "bwa": "ready"}
    assert modules(nodes) == ["bwa/0.7.17"]
    assert state(nodes)[0] == "failed"


def test_without_recipes_nothing_that_is_installed_is_lost(nodes):
    deploy(nodes)
    run_job(nodes)
    before = modules(nodes)
    listed(nodes, "unknown", "samtools", "gatk", "hdf5", "star")

    deploy(nodes, on_queue(*PACKAGES, "star@2.7"))

    assert state(nodes)[0] == "failed"
    assert modules(nodes) == before


@pytest.mark.parametrize(
    "builder",
    [
        Builder("compute --wrap=evil", "cpu16", "1-00:00:00"),
        Builder("compute", "$(touch /pwned)", "1-00:00:00"),
        Builder("compute", "cpu16", "1; touch /pwned"),
    ],
)
def test_a_hostile_queue_is_refused(nodes, builder):
    done = deploy(nodes, Software(PACKAGES, "/petal", builder=builder))

    assert done.returncode == 1
    assert "not a queue to build on" in done.stderr
    assert jobs(nodes) == []


def test_people_learn_whom_to_ask(nodes):
    deploy(nodes, on_queue(contact="hpc@example.org"))

    assert nodes[0].path("/petal/log/contact").read_text() == "hpc@example.org\n"


def test_a_build_cache_in_s3_is_read_with_a_python_that_has_boto3(nodes):
    ours = "/opt/parallelcluster/pyenv/versions/3.9.20/envs/node_virtualenv/bin/python"
    nodes[0].put(ours, "#!/bin/sh\n", 0o755)
    without = 'case "$*" in *boto3*) exit 1 ;; esac; exec /usr/bin/python3 "$@"'
    nodes[0].put("/usr/local/bin/python3", f"#!/bin/sh\n{without}\n", 0o755)

    deploy(nodes, on_queue(build_cache="s3://lab/caches/v1"))

    assert set(log_of(nodes[0], "python").splitlines()) == {ours}
    mirrors = nodes[0].path("/petal/environment/mirrors.yaml").read_text()
    assert mirrors.index("s3://lab/caches/v1") < mirrors.index("https://binaries.spack.io")


def test_a_build_knows_the_region_of_its_cluster(nodes):
    for node in nodes:
        node.receive((), (), TOOLS)

    nodes[0].step("30-software", AWS_DEFAULT_REGION="eu-north-1")

    asked = log_of(nodes[0], "systemd-run")
    assert "--setenv=AWS_DEFAULT_REGION=eu-north-1 bash" in asked


def test_another_build_cache_decides_nothing_anew(nodes):
    deploy(nodes)
    run_job(nodes)
    lock = nodes[0].path("/petal/environment/spack.lock")
    earlier = lock.read_text().replace("one of 3", "one of 1")
    lock.write_text(earlier)

    deploy(nodes, on_queue(*PACKAGES, build_cache="s3://lab/caches/v1"))

    assert lock.read_text() == earlier
    assert state(nodes)[0] == "ready"
