"""What sbatch takes while no node is up: shape nodes let it know every size."""

from __future__ import annotations

import pytest

ACCEPTED = [
    ("-n1",),
    ("-N8",),
    ("-c16",),
    ("--mem=60G",),
    ("-C", "cpu-cpu16"),
    ("-C", "cpu-cpu4|cpu-cpu16"),
    ("--exclusive", "-N2"),
    ("-p", "gpu", "--gres=gpu:8"),
    ("-p", "gpu", "--gpus=32"),
    ("-p", "cpu,gpu", "-n1"),
]
REFUSED = [
    (("-c17",), "Requested node configuration is not available"),
    (("--mem=65G",), "Memory specification can not be satisfied"),
    (("-C", "huge"), "Invalid feature specification"),
    (("--gres=gpu:1",), "Requested node configuration is not available"),
    (("-p", "gpu", "--gres=gpu:9"), "Requested node configuration is not available"),
    (("-p", "gpu", "--gpus=33"), "Requested node configuration is not available"),
    (("-p", "nowhere"), "invalid partition specified"),
]


@pytest.fixture
def empty(slurm):
    yield slurm
    slurm.cancel_all()


@pytest.mark.parametrize("options", ACCEPTED, ids=str)
def test_a_job_for_a_size_that_is_at_zero_is_queued(empty, options):
    assert empty.sbatch(*options).isdecimal()


@pytest.mark.parametrize(("options", "complaint"), REFUSED, ids=str)
def test_a_job_that_no_size_can_run_is_refused_at_once(empty, options, complaint):
    assert complaint in empty.sbatch(*options)


def test_shape_nodes_are_not_seen(slurm):
    assert "future" not in slurm.command("sinfo", "-h", "-N", "-o", "%N").stdout


def test_a_job_that_names_no_memory_gets_its_share(empty):
    job = empty.sbatch("-n1", "-c2")

    assert "mem=4000M" in empty.command("scontrol", "show", "job", job).stdout
