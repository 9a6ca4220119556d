"""`petal validate` and the nodes refuse the same mount points."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from petal_constructs.catalog.parallelcluster import FACTS
from tests.unit.seed.seeds import SMALL, codes, plan_read

STEP = Path(__file__).parents[3] / "petal_constructs/templates/node/steps/20-mounts.sh"
FUNCTION = re.search(r"(?ms)^is_system_path\(\) \{.*?^\}", STEP.read_text("utf-8"))

REFUSED = (
    *FACTS.reserved_mount_dirs,
    "/bin/x",
    "/home",
    "/lib32/x",
    "/libx32",
    "/opt/parallelcluster/x",
    "/opt/petal/x",
    "/opt/slurm/x",
    "/petal",
    "/petal/scratch",
    "/" + "root/data",
    "/var/lib",
)
ACCEPTED = ("/data", "/lib-data", "/mnt/data", "/opt/data", "/opt/slurmdata", "/srv/x", "/variants")


def _node_refuses(folder):
    script = f'{FUNCTION[0]}; is_system_path "$1"'
    return subprocess.run(["bash", "-c", script, "bash", folder], check=False).returncode == 0


def _check_refuses(folder, tmp_path):
    mount = f"data: {{s3_mounts: [{{bucket: my-data, mount_point: {folder}}}]}}\n"
    return "P310" in codes(plan_read(SMALL + mount, tmp_path))


@pytest.mark.parametrize("folder", REFUSED)
def test_a_system_folder_is_refused_before_and_on_the_node(folder, tmp_path):
    assert _check_refuses(folder, tmp_path)
    assert _node_refuses(folder)


@pytest.mark.parametrize("folder", ACCEPTED)
def test_another_folder_is_accepted_before_and_on_the_node(folder, tmp_path):
    assert not _check_refuses(folder, tmp_path)
    assert not _node_refuses(folder)
