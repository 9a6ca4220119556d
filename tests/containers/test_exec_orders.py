"""The orders that petal-exec gives to runtimes that this machine lacks: stand-ins record them."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.containers.image_tree import cluster_tree
from tests.need import missing

RECORD = """\
#!/bin/sh
printf '%s\\n' "$0" "$@" > {folder}/orders
env > {folder}/environment
exit 5
"""
DEVICES = """
mount -t tmpfs none /dev && mkdir /dev/infiniband && touch /dev/nvidiactl /dev/null && exec "$@"
"""


@pytest.fixture
def order(tmp_path):
    """Run a command of a runtime's image; what the runtime was told, and with which environment."""

    def run(runtime, *arguments, root=True, devices=False, binds="", **environment):
        image = tmp_path / "bio-0123456789ab.sif"
        image.touch()
        program = tmp_path / runtime
        program.write_text(RECORD.format(folder=tmp_path))
        program.chmod(0o755)
        tree = cluster_tree(tmp_path / "petal", runtime, image, root=root, program=program)
        (tree / "binds").write_text(binds)
        command = [tree / "bin/bwa/0.7.17/bwa", *arguments]
        if devices:
            command = ["unshare", "--mount", "sh", "-c", DEVICES, "-", *command]
        done = subprocess.run(
            command,
            env={"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": "/root", **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 5, done.stderr
        orders = (tmp_path / "orders").read_text().splitlines()
        assert orders[0] == str(program)
        return orders[1:], (tmp_path / "environment").read_text()

    return run


@pytest.fixture
def devices():
    if os.geteuid() != 0:
        missing("root", "run as root, to put devices where a node has them")


def test_apptainer_gets_the_folder_the_mount_points_and_petals_own_half(order, tmp_path):
    data = tmp_path / "data"
    data.mkdir()

    orders, environment = order("apptainer", "mem", "a b", binds=f"{data}\n/no/such\n/a:b\n/a,b\n")

    assert orders == [
        "exec", "--bind", str(data), "--pwd", str(tmp_path), str(tmp_path / "bio-0123456789ab.sif"),
        "/opt/petal/bio/petal-run", "bwa", "0.7.17", "/opt/petal/bio/software/bwa/bin/bwa",
        "mem", "a b",
    ]  # fmt: skip
    assert "PETAL_PATH=\n" in environment


def test_apptainer_runs_the_program_itself_in_an_image_of_somebody_else(order):
    orders, _ = order("apptainer", "mem", root=False)

    assert orders[-2:] == ["/opt/petal/bio/software/bwa/bin/bwa", "mem"]
    assert "/opt/petal/bio/petal-run" not in orders


def test_a_gpu_and_an_adapter_are_passed_on_by_apptainer(order, devices):
    orders, _ = order("apptainer", devices=True)

    assert orders[:4] == ["exec", "--nv", "--bind", "/dev/infiniband"]


def test_enroot_gets_the_environment_by_name_and_starts_where_the_caller_is(order, tmp_path):
    orders, environment = order(
        "enroot", "mem", "a b", root=False, SLURM_JOB_ID="1", **{"BASH_FUNC_x%%": "() {\n:\n}"},
        LINES_OF="a\nb",
    )  # fmt: skip

    passed = [orders[at + 1] for at, word in enumerate(orders) if word == "-e"]
    assert orders[0] == "start"
    assert {"SLURM_JOB_ID", "HOME"} <= set(passed)
    assert not {"PATH", "LINES_OF", "BASH_FUNC_x%%"} & set(passed)
    assert orders[-9:] == [
        str(tmp_path / "bio-0123456789ab.sif"),
        "/bin/sh", "-c", 'cd "$1" || exit; shift; exec "$@"', "petal", str(tmp_path),
        "/opt/petal/bio/software/bwa/bin/bwa", "mem", "a b",
    ]  # fmt: skip
    assert "ENROOT_LOGIN_SHELL=no" in environment


def test_enroot_is_told_of_gpus_by_the_variable_that_its_hook_reads(order, devices):
    orders, environment = order("enroot", devices=True)

    assert "NVIDIA_VISIBLE_DEVICES=all\n" in environment
    assert "NVIDIA_VISIBLE_DEVICES" in orders


def test_gpus_that_the_caller_chose_stay_chosen(order, devices):
    _, environment = order("enroot", devices=True, NVIDIA_VISIBLE_DEVICES="1")

    assert "NVIDIA_VISIBLE_DEVICES=1\n" in environment


def test_enroot_gets_the_mount_points(order, tmp_path):
    orders, _ = order("enroot", binds=f"{tmp_path}\n")

    assert orders[orders.index("-m") + 1] == f"{tmp_path}:{tmp_path}"
