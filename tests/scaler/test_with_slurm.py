"""Jobs of a real slurmctld, and what the scaler makes of them."""

from __future__ import annotations


def test_without_jobs_nothing_is_asked_for(world):
    assert world.round() == []


def test_a_job_gets_one_node_of_the_smallest_size(world):
    world.slurm.sbatch("-n1")

    assert world.round() == [("cpu-cpu4", 1)]
    assert world.round() == []
