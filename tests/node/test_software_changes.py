"""Lists of software that change, and builds that end early or meet one another.

Spack and Slurm are stood in for. The shared volume is a folder of one machine that all nodes see:
what a lock does over NFS is not proved here.
"""

from __future__ import annotations

import os
import signal
import time

import pytest

from petal_constructs.render.software import stamp
from tests.node.builds import (
    BUILDER,
    JOB,
    PACKAGES,
    TOOLS,
    compiles,
    deploy,
    jobs,
    listed,
    marker,
    modules,
    on_queue,
    run_job,
    state,
    wait_for,
)
from tests.node.root import Software


def test_what_was_decided_stays_when_packages_are_added(nodes):
    deploy(nodes)
    run_job(nodes)
    lock = nodes[0].path("/petal/environment/spack.lock")
    first = lock.read_text()

    deploy(nodes, on_queue(*PACKAGES, "star@2.7"))
    run_job(nodes)

    assert lock.read_text().startswith(first)
    assert "star/2.7" in modules(nodes)


@pytest.mark.parametrize("change", [{"compiler": "gcc@13.2"}, {"root": "/petal"}])
def test_only_new_pins_decide_everything_again(nodes, change):
    deploy(nodes)
    run_job(nodes)
    lock = nodes[0].path("/petal/environment/spack.lock")
    first = lock.read_text()

    deploy(nodes, Software(PACKAGES, **{"root": "/petal", "builder": BUILDER} | change))
    run_job(nodes)

    assert (lock.read_text() != first) == ("compiler" in change)
    assert state(nodes)[0] == "ready"


def test_modules_of_today_stay_until_those_of_a_new_compiler_are_built(nodes):
    deploy(nodes)
    run_job(nodes)
    before = modules(nodes)

    deploy(nodes, on_queue(compiler="gcc@13.2"))

    assert modules(nodes) == before
    assert marker(nodes) == stamp(TOOLS)
    assert state(nodes)[0] == "waiting"


def test_a_lock_of_old_pins_never_outlives_them(nodes):
    """Whoever is stopped right after the lock went decides anew; the pins are still old then."""
    deploy(nodes)
    run_job(nodes)
    build = nodes[0].path("/opt/petal/src/spack-build.sh")
    nodes[0].receive((), (), on_queue(compiler="gcc@13.2"))
    whole = build.read_text()
    assert whole.count("  pins | replace_file") == 1
    build.write_text(whole.replace("  pins | replace_file", "  kill -9 $$; pins | replace_file"))
    nodes[0].step("30-software")
    assert not nodes[0].path("/petal/environment/spack.lock").exists()
    build.write_text(whole)

    nodes[0].path("/var/standin/job").unlink(missing_ok=True)
    nodes[0].step("30-software")
    run_job(nodes)

    assert state(nodes)[0] == "ready"


def test_a_list_that_changes_while_a_job_waits_is_the_one_that_is_built(nodes):
    deploy(nodes)
    software = on_queue("bwa@0.7.17")

    deploy(nodes, software)
    run_job(nodes)

    assert len(jobs(nodes)) == 2
    assert (modules(nodes), marker(nodes)) == (["bwa/0.7.17"], stamp(software))


def test_a_job_that_starts_before_its_node_has_the_new_list_builds_that_of_the_head_node(nodes):
    deploy(nodes)
    nodes[1].receive((), (), on_queue("bwa@0.7.17"))

    run_job(nodes)

    assert marker(nodes) == stamp(TOOLS)
    assert "hdf5/1.14" in modules(nodes)


def test_a_list_that_changes_while_a_job_runs_waits_until_it_is_done(nodes, slow):
    deploy(nodes)
    job = nodes[1].start(*JOB)
    wait_for((slow / "compiling").exists)
    software = on_queue("bwa@0.7.17")

    deploy(nodes, software)
    assert state(nodes)[:2] == ["building", stamp(TOOLS)]

    slow.rename(slow.with_name("fast"))
    assert job.wait(timeout=30) == 0
    assert marker(nodes) == stamp(TOOLS)
    nodes[0].path("/var/standin/job").unlink()
    nodes[0].step("30-software")
    run_job(nodes)
    assert (modules(nodes), marker(nodes)) == (["bwa/0.7.17"], stamp(software))


def test_two_nodes_at_once_build_one_after_the_other(nodes, new_node, volume, slow):
    other = new_node("compute", volume)
    other.receive((), (), TOOLS)
    deploy(nodes)
    first = nodes[1].start(*JOB)
    wait_for((slow / "compiling").exists)

    second = other.start(*JOB)
    time.sleep(1.5)
    assert compiles(other) == 0

    slow.rename(slow.with_name("fast"))
    assert (first.wait(timeout=30), second.wait(timeout=30)) == (0, 0)
    installed = nodes[0].path("/petal/software/standin").read_text().splitlines()
    assert len(installed) == len(set(installed)) == len(PACKAGES)
    assert state(nodes)[0] == "ready"


def test_a_job_whose_node_is_lost_goes_on_elsewhere(nodes, slow):
    listed(nodes, "cached", "samtools")
    deploy(nodes)
    job = nodes[1].start(*JOB)
    wait_for((slow / "compiling").exists)

    os.killpg(job.pid, signal.SIGKILL)
    job.wait()
    assert state(nodes)[0] == "building"
    slow.rename(slow.with_name("fast"))
    done = run_job(nodes)

    assert done.returncode == 0, done.stderr
    assert (state(nodes), marker(nodes)) == (["ready", stamp(TOOLS), "0"], stamp(TOOLS))


def test_a_job_that_is_out_of_time_has_failed(nodes, slow):
    deploy(nodes)
    job = nodes[1].start(*JOB)
    wait_for((slow / "compiling").exists)

    os.kill(job.pid, signal.SIGTERM)

    assert job.wait(timeout=20) == 1
    os.killpg(job.pid, signal.SIGKILL)
    assert state(nodes) == ["failed", stamp(TOOLS), "1"]
    assert "out of time" in nodes[0].path("/petal/log/spack.log").read_text()


def test_a_job_before_the_head_node_is_done_builds_nothing(nodes):
    nodes[1].receive((), (), TOOLS)
    nodes[0].path("/petal/log").mkdir()

    done = nodes[1].run(*JOB)

    assert done.returncode == 1
    assert compiles(nodes[1]) == 0
