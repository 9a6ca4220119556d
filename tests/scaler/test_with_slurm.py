"""Jobs of a real slurmctld (22.05), and the exact calls of `/scale` that they lead to."""

from __future__ import annotations

import pytest

from tests.scaler.real_slurm import until

SMALL, LARGE, GPU = "cpu-cpu4", "cpu-cpu16", "gpu-gpu8-cpu32"


def test_without_jobs_nothing_is_asked_for(world):
    assert world.round() == []


def test_one_job_gets_one_node_of_the_smallest_size(world):
    world.slurm.sbatch("-n1")

    assert world.round() == [(SMALL, 1)]
    assert world.round(15) == []


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        (("-N8",), [(SMALL, 8)]),
        (("-N2", "--exclusive"), [(SMALL, 2)]),
        (("-n40",), [(SMALL, 10)]),
        (("-n41",), [(LARGE, 3)]),
        (("-c8",), [(LARGE, 1)]),
        (("--mem=14G",), [(LARGE, 1)]),
        (("-C", "cpu-cpu16"), [(LARGE, 1)]),
        (("-N2", "-n16"), [(LARGE, 2)]),
        (("-n3", "--mem-per-cpu=5G"), [(SMALL, 3)]),
        (("--mem=0",), [(SMALL, 1)]),
        (("-n2", "-c3"), [(SMALL, 2)]),
        (("-C", "cpu-cpu16", "-n9", "--hint=nomultithread"), [(LARGE, 2)]),
        (("-n12", "--ntasks-per-node=2"), [(SMALL, 6)]),
        (("-p", "gpu", "--gres=gpu:1"), [(GPU, 1)]),
        (("-p", "gpu", "--gpus=16"), [(GPU, 2)]),
        (("-p", "gpu", "-n4", "--gpus-per-task=4"), [(GPU, 2)]),
        (("-p", "gpu", "-N3", "--gpus-per-node=2"), [(GPU, 3)]),
        (("-p", "cpu,gpu", "-n1"), [(SMALL, 1)]),
        (("-p", "gpu,cpu", "-n1"), [(GPU, 1)]),
        (("--array=1-6", "-c4"), [(SMALL, 6)]),
        (("--array=1-20%3", "-c4"), [(SMALL, 3)]),
        (("--array=1-17:4", "-c3"), [(SMALL, 5)]),
        (("-N11",), []),
        (("-H",), []),
        (("--begin=now+1hour",), []),
        (("-N1", ":", "-N1", "-C", "cpu-cpu16"), [(LARGE, 1), (SMALL, 1)]),
    ],
    ids=str,
)
def test_what_one_job_needs(world, options, calls):
    assert world.slurm.sbatch(*options).isdecimal()

    assert sorted(world.round()) == calls
    assert world.round(15) == []


def test_twenty_small_jobs_share_five_nodes(world):
    for _ in range(20):
        world.slurm.sbatch("-n1")

    assert world.round() == [(SMALL, 5)]


def test_twenty_exclusive_jobs_get_no_more_than_the_queue_may_have(world):
    for _ in range(20):
        world.slurm.sbatch("-n1", "--exclusive")

    assert world.round() == [(SMALL, 10)]


def test_both_sizes_together_stay_within_the_maximum(world):
    world.slurm.sbatch("-N7", "-C", LARGE, "--exclusive")
    world.slurm.sbatch("--array=1-9", "-c4")

    assert sorted(world.round()) == [(LARGE, 7), (SMALL, 3)]


def test_a_job_that_waits_for_another_is_counted_when_its_turn_comes(world):
    first = world.slurm.sbatch("-n1", "-H")
    world.slurm.sbatch("-N5", f"--dependency=afterany:{first}")

    assert world.round() == []

    world.slurm.command("scancel", first)
    assert until(world.round, "its turn") == [(SMALL, 5)]


def test_a_released_job_is_counted(world):
    job = world.slurm.sbatch("-n1", "-H")
    assert world.round() == []

    world.slurm.command("scontrol", "release", job)

    assert world.round() == [(SMALL, 1)]


def test_nodes_go_once_they_were_of_no_use_for_long_enough(world):
    world.slurm.sbatch("-N4")
    assert world.round() == [(SMALL, 4)]
    world.slurm.cancel_all()

    assert world.round(15) == []
    assert world.round(270) == []
    assert world.round(30) == [(SMALL, 0)]


def test_work_that_comes_back_in_time_keeps_its_nodes(world):
    world.slurm.sbatch("-N4")
    assert world.round() == [(SMALL, 4)]
    world.slurm.cancel_all()
    assert world.round(200) == []
    world.slurm.sbatch("-N3")
    assert world.round(60) == []

    assert world.round(60) == [(SMALL, 3)]


def test_room_below_the_maximum_is_made_at_once(world):
    world.slurm.sbatch("-N8")
    assert world.round() == [(SMALL, 8)]
    world.slurm.cancel_all()
    world.slurm.sbatch("-N5", "-C", LARGE)

    assert world.round(15) == [(SMALL, 5), (LARGE, 5)]


def test_twenty_become_twenty_one(world):
    for manifest in world.api.node_sets.values():
        annotations = manifest["metadata"]["annotations"]
        annotations["petal.dev/size"] = annotations["petal.dev/size"].replace(
            '"max": 10', '"max": 30'
        )
    for _ in range(20):
        world.slurm.sbatch("-c4")
    assert world.round() == [(SMALL, 20)]

    world.slurm.sbatch("-c4")

    assert world.round() == [(SMALL, 21)]


def test_jobs_above_the_maximum_wait_until_there_is_room(world):
    world.slurm.sbatch("-N6")
    world.slurm.sbatch("-N6")

    assert world.round() == [(SMALL, 6)]
