"""The programs as pods start them: a folder of files, an environment and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import petal_constructs
from tests.scaler.real_slurm import until

SOURCE = Path(petal_constructs.__file__).parent / "templates" / "scaler"


@pytest.fixture
def start(tmp_path, api):
    """Start one of the programs where only its own folder can be imported."""
    home = tmp_path / "programs"
    home.mkdir()
    shutil.copytree(SOURCE, home / "scaler", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "account").mkdir()
    (tmp_path / "account" / "token").write_text("cluster-token")
    (tmp_path / "account" / "namespace").write_text("hpc-jobs\n")

    def run(program, **environment):
        return subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", _START.format(home=str(home), program=program)],
            env={
                "PETAL_KUBERNETES": api.url,
                "PETAL_SERVICE_ACCOUNT": str(tmp_path / "account"),
                "PETAL_ALIVE_FILE": str(tmp_path / "alive"),
                "PETAL_INTERVAL_S": "0.1",
                **environment,
            },
            stdout=subprocess.PIPE,
            text=True,
        )

    return run


# Isolated (-I): neither this project nor its packages are within reach.
_START = """
import runpy, sys
sys.path.insert(0, {home!r})
runpy.run_module("scaler.{program}", run_name="__main__", alter_sys=True)
"""


def test_the_scaler_runs_until_it_is_told_to_end(slurm, start, api, tmp_path):
    token = tmp_path / "token"
    token.write_text(slurm.token("nobody"))
    slurm.sbatch("-N3")
    process = start("scaler", PETAL_SLURMRESTD=slurm.url, PETAL_TOKEN_FILE=str(token))

    until(lambda: api.calls, "a call")
    until((tmp_path / "alive").exists, "a sign of life")
    process.terminate()
    out, _ = process.communicate(timeout=10)
    slurm.cancel_all()

    assert process.returncode == 0
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["scaled", "ended"]
    assert api.calls == [("cpu-cpu4", 3)]


def test_a_scaler_in_trouble_is_alive(start, api, tmp_path):
    process = start("scaler", PETAL_SLURMRESTD="http://127.0.0.1:1", PETAL_TOKEN_FILE="/nowhere")

    until((tmp_path / "alive").exists, "a sign of life")
    process.terminate()
    out, _ = process.communicate(timeout=10)

    assert "no token for slurmrestd" in out
    assert api.calls == []


@pytest.mark.parametrize(
    "environment",
    [
        {"PETAL_SLURMRESTD": "http://127.0.0.1:1", "PETAL_TOKEN_FILE": "/nowhere"},
        {"PETAL_KUBERNETES": "http://127.0.0.1:1", "PETAL_SLURMRESTD": "http://127.0.0.1:1"},
        {},
    ],
    ids=str,
)
def test_the_drain_never_fails(start, environment):
    process = start("drain", PETAL_DRAIN_S="0.1", **environment)

    out, _ = process.communicate(timeout=10)

    assert process.returncode == 0
    assert json.loads(out.splitlines()[-1])["event"] in {"ended", "failed"}
