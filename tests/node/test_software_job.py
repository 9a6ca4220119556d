"""Software compiled by a Slurm job: the head node's part and the job's.

Spack and Slurm are stood in for. The shared volume is a folder of one machine that all nodes see:
what a lock does over NFS is not proved here.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import pytest

from petal_constructs.plan.values import Builder
from petal_constructs.render.software import stamp
from tests.node.root import Software

PACKAGES = ("samtools@1.17", "gatk@4.3.0", "hdf5@1.14+mpi ^openmpi@4.1")
BUILDER = Builder("compute", "cpu16", "1-00:00:00")
JOB = ("bash", "/opt/petal/src/spack-job.sh")


def on_queue(*packages, **more):
    return Software(packages or PACKAGES, "/petal", builder=BUILDER, **more)


TOOLS = on_queue()


@pytest.fixture
def volume():
    folder = Path(tempfile.mkdtemp(dir="/dev/shm", prefix="petal-volume-"))
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def nodes(new_node, volume):
    """A head node and the node that builds."""
    return new_node("head", volume), new_node("compute", volume)


def deploy(nodes, software=TOOLS):
    """What the timer of each node does with a new list."""
    for node in nodes:
        node.receive((), (), software)
    return nodes[0].step("30-software")


def listed(nodes, kind, *names):
    for node in nodes:
        node.put(f"/var/standin/{kind}-packages", "".join(f"{name}\n" for name in names))


def run_job(nodes):
    """The job, as slurmd starts it; it is out of the queue afterwards."""
    done = nodes[1].run(*JOB)
    nodes[0].path("/var/standin/job").unlink(missing_ok=True)
    return done


def state(nodes):
    return nodes[0].path("/petal/log/spack.state").read_text().split()


def results(nodes):
    rows = nodes[0].path("/petal/log/packages.tsv").read_text().splitlines()
    return {row.split("\t")[0]: row.split("\t")[2] for row in rows}


def modules(nodes, tree="tcl"):
    root = nodes[0].path(f"/petal/modules/{tree}")
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def marker(nodes):
    path = nodes[0].path("/petal/petal_ready")
    return path.read_text().strip() if path.exists() else None


def jobs(nodes):
    log = nodes[0].path("/var/standin/sbatch.log")
    return log.read_text().splitlines() if log.exists() else []


def log_of(node, name):
    path = node.path(f"/var/standin/{name}.log")
    return path.read_text() if path.exists() else ""


def compiles(node):
    return log_of(node, "spack").count("--use-buildcache auto")


def wait_for(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def slow(nodes):
    """While it lasts, compiling does not end; it answers whether compiling has begun."""
    folder = nodes[0].path("/petal/software/slow")
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


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
