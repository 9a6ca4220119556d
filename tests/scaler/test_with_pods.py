"""Nodes that registered, jobs that run on them, and a slurmctld that comes and goes."""

from __future__ import annotations

import pytest

from tests.scaler.real_slurm import until

SMALL, LARGE = "cpu-cpu4", "cpu-cpu16"


@pytest.fixture(scope="module")
def pods(slurm):
    names = [f"{SMALL}-{n}" for n in range(2)]
    for name in names:
        slurm.start_pod(name)
    yield names
    for name in names:
        slurm.stop_pod(name)


@pytest.fixture
def live(world, pods):
    """Two small nodes."""
    world.api.set(cpu_cpu4=2)
    return pods


def _running(world, count):
    return until(lambda: len(world.slurm.queue("-t", "R")) == count, f"{count} run")


def test_running_jobs_keep_their_nodes_while_others_leave(world, live):
    running = world.slurm.sbatch("-n1")
    _running(world, 1)
    world.slurm.sbatch("-N6")

    assert world.round() == [(SMALL, 6)]

    world.slurm.command("scancel", "--state=PENDING", "--user=nobody")
    assert world.round(15) == []
    assert world.round(300) == [(SMALL, 1)]

    world.slurm.command("scancel", running)
    until(lambda: not world.slurm.queue(), "the job ends")
    assert world.round(400) == [(SMALL, 0)]


def test_a_job_that_live_nodes_can_take_starts_no_other(world, live):
    world.slurm.sbatch("-N2")
    world.slurm.sbatch("-n4")
    _running(world, 2)

    assert world.round() == []

    world.slurm.sbatch("-n4")
    assert world.round() == [(SMALL, 3)]


def test_a_restart_of_slurmctld_takes_no_node_away(world, live):
    world.slurm.sbatch("-N2", "--exclusive")
    _running(world, 1)
    assert world.round() == []

    world.slurm.stop("slurmctld")
    assert world.round(400) == []
    assert world.round(400) == []
    world.slurm.start_controller()

    assert world.round(400) == []
    assert world.round(400) == []
    assert world.api.replicas()[SMALL] == 2


def test_a_drained_node_is_replaced_if_there_is_work(world, live):
    name = live[0]
    world.slurm.command("scontrol", "update", f"NodeName={name}", "State=DRAIN", "Reason=test")
    world.slurm.sbatch("-N2")

    calls = world.round()
    world.slurm.command("scontrol", "update", f"NodeName={name}", "State=RESUME")

    assert calls == [(SMALL, 3)]


def test_a_job_that_runs_on_a_pod_and_ends_frees_it(world, live):
    world.slurm.sbatch("-n1", script="true")
    until(lambda: not world.slurm.queue(), "the job ends")
    until(lambda: world.slurm.state(live[0]) == "idle", "the node is idle")

    assert world.round() == []
    assert world.round(299) == []
    assert world.round(2) == [(SMALL, 0)]


@pytest.fixture
def large(world):
    """A node with two threads in each of its eight cores."""
    world.slurm.start_pod(f"{LARGE}-0")
    world.api.set(cpu_cpu16=1)
    yield
    world.slurm.cancel_all()
    world.slurm.stop_pod(f"{LARGE}-0")


def test_a_job_on_one_thread_takes_a_whole_core_as_the_scaler_believes(world, large):
    world.slurm.sbatch("--array=1-8", "-n1", "-C", LARGE)
    _running(world, 8)
    assert world.round() == []

    world.slurm.sbatch("-n1", "-C", LARGE)

    assert world.round() == [(LARGE, 2)]
    assert len(world.slurm.queue("-t", "R")) == 8


def test_memory_per_cpu_is_for_both_threads_of_a_core_as_the_scaler_believes(world, large):
    for _ in range(3):
        world.slurm.sbatch("-n1", "-C", LARGE, "--mem-per-cpu=16000M")
    _running(world, 2)

    assert world.round() == [(LARGE, 2)]
    assert len(world.slurm.queue("-t", "R")) == 2
