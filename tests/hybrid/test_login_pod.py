"""petal-submit on the login pod, which hands no jobs to the other side."""

from __future__ import annotations

import subprocess

import pytest

from petal_constructs.platforms.pcs import submission
from petal_constructs.platforms.pcs.charts.login import login
from tests.hybrid.seeds import HYBRID
from tests.need import need_tool
from tests.stacks import plan_of

PLAN = plan_of(HYBRID).pcs
SLURM = PLAN.clusters[0]
FILES = submission.submission_files(SLURM.submission)


@pytest.fixture
def pod(tmp_path):
    """Runs the program beside an sbatch that ends with this status."""
    (tmp_path / "queues.tsv").write_text(FILES["queues.tsv"])
    (tmp_path / "petal-submit").write_text(FILES["petal-submit"])

    def submit(status, *arguments):
        sbatch = tmp_path / "sbatch"
        sbatch.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@"\nexit {status}\n')
        sbatch.chmod(0o755)
        return subprocess.run(
            ["bash", str(tmp_path / "petal-submit"), *arguments],
            env={
                "PATH": f"{tmp_path}:/usr/bin:/bin",
                "PETAL_SUBMISSION": str(tmp_path / "queues.tsv"),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    return submit


def test_it_is_sbatch_with_the_very_same_arguments(pod):
    done = pod(0, "-p", "modern", "job.sh", "a b", "it's")

    assert done.returncode == 0
    assert done.stdout.splitlines() == ["-p", "modern", "job.sh", "a b", "it's"]
    assert done.stderr == ""


def test_what_sbatch_refuses_may_be_for_the_other_side_which_is_said(pod):
    done = pod(7, "-p", "mpi", "job.sh")

    assert done.returncode == 7
    assert [line.partition(":")[2] for line in done.stderr.splitlines()] == [
        f" if it was for queue {queue}: that is on hybrid, which takes no jobs from here;"
        " log in there"
        for queue in ("mpi", "legacy")
    ]


def test_the_login_pod_has_it_as_a_program():
    made = login(PLAN, SLURM, public=True).objects
    spec = made[-1]["spec"]
    (volume,) = (v for v in spec["template"]["spec"]["volumes"] if v["name"] == "petal-submission")
    mounts = [m for m in spec["login"]["volumeMounts"] if m["name"] == "petal-submission"]

    assert volume["configMap"]["defaultMode"] == 0o755
    assert [m["mountPath"] for m in mounts] == [
        "/etc/petal/submission",
        "/usr/local/bin/petal-submit",
    ]
    assert made[-2]["data"] == FILES


def test_shellcheck_has_nothing_to_say(tmp_path):
    shellcheck = need_tool("shellcheck", "apt-get install shellcheck")
    script = tmp_path / "petal-submit.sh"
    script.write_text(FILES["petal-submit"])

    done = subprocess.run([shellcheck, script], capture_output=True, text=True, check=False)

    assert done.stdout == ""
