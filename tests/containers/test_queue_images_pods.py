"""Which images jobs see in pods: each `module` asks, as pyxis leaves no room for a TaskProlog."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from petal_constructs.render.queue_images import QUEUES_FOLDER, queue_files
from tests.containers.pods import install_lmod, machine, user_pod
from tests.node.conftest import new_node
from tests.node.root import Node, need_root

__all__ = ["new_node"]

TREES = {"bio": "/opt/petal/bio", "chem": "/opt/petal/chem"}
SHOWN = (("one", ("bio",)), ("none", ()))


@pytest.fixture(scope="module")
def petal():
    """/petal, with Lmod."""
    need_root()
    if os.uname().machine != "x86_64":
        pytest.skip("only tried on x86_64")
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="petal-") as folder:
        Path(folder).chmod(0o755)
        node = Node("images", Path(folder))
        try:
            install_lmod(node, machine())
        finally:
            node.discard()
        yield Path(folder)


@pytest.fixture
def pod(new_node, petal):
    """A pod that sees both images, as a login pod does and no slurmd pod of the queue."""
    pod = user_pod(new_node("pod", petal), *TREES)
    for name, text in queue_files(SHOWN, TREES).items():
        pod.put(f"{QUEUES_FOLDER}/{name}", text)
    return pod


def listed(pod, queue, script="module -t avail 2>&1"):
    """Images of the modules that a script of a job sees, which a shell of a login pod submits."""
    pod.put("/job.sh", f"#!/bin/bash\n{script}\n", 0o755)
    job = f"export SLURM_JOB_PARTITION={queue}; " if queue else ""
    done = pod.run("bash", "-lc", f"{job}exec /job.sh", HOME="/nonexistent")
    return [name for name in TREES if f"/opt/petal/{name}/modules" in done.stdout]


def test_a_job_sees_the_modules_of_its_queue(pod):
    assert listed(pod, "one") == ["bio"]
    assert listed(pod, "none") == []
    assert listed(pod, "other") == ["bio", "chem"]
    assert listed(pod, "") == ["bio", "chem"]


def test_a_login_shell_within_a_job_does_too(pod):
    assert listed(pod, "one", "bash -lc 'module -t avail 2>&1'") == ["bio"]


def test_a_job_loads_them_and_no_others(pod):
    load = "module load samtools && readlink -f $(command -v samtools)"
    pod.put("/job.sh", f"#!/bin/bash\n{load}\n", 0o755)

    def run(queue):
        job = f"export SLURM_JOB_PARTITION={queue}; exec /job.sh"
        return pod.run("bash", "-lc", job, HOME="/nonexistent")

    assert run("one").stdout == "/opt/petal/bio/petal-exec\n"
    assert run("none").returncode != 0


def test_a_command_of_another_image_is_refused_with_a_word(pod):
    done = pod.run(
        "bash", "-lc", "SLURM_JOB_PARTITION=one exec /opt/petal/chem/bin/samtools/1.17.2/samtools"
    )

    assert done.returncode == 77
    assert "jobs of the queue one do not use the image chem" in done.stderr


def test_a_changed_table_counts_at_once(pod):
    assert listed(pod, "one") == ["bio"]

    pod.put(f"{QUEUES_FOLDER}/images.tsv", queue_files([("one", ("chem",))], TREES)["images.tsv"])

    assert listed(pod, "one") == ["chem"]
