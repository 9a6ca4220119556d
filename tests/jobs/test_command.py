from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from petal_constructs.cli.main import run
from tests.jobs.sites import HERE, SEED

ROOT = Path(__file__).parents[2]
FINE = HERE / "scripts/plain.sbatch"
MEMORY = HERE / "scripts/memory-that-pods-lack.sbatch"
LACKS = "30,720 MiB of memory on a node are more than queue compute has (27,597)"
ELSEWHERE = "write #SBATCH --partition=memory"


@pytest.fixture
def check(capfd):
    """Run the command: its exit code, standard output and standard error."""

    def call(*arguments, seed=SEED):
        code = run(["check-jobs", *map(str, arguments), "-t", str(seed)])
        return code, *capfd.readouterr()

    return call


def test_a_script_that_runs_on_every_platform_ends_with_0(check):
    code, said, _ = check(FINE)

    assert code == 0
    assert said == (
        f"{FINE}\n  parallelcluster: runs unchanged\n  pcs: runs unchanged\n\n"
        "parallelcluster: 1 unchanged\npcs: 1 unchanged\n"
    )


def test_one_that_needs_a_change_says_where_and_which_and_ends_with_1(check):
    code, said, _ = check(MEMORY)

    assert code == 1
    assert "  parallelcluster: runs unchanged\n  pcs: runs with this change\n" in said
    assert f"{MEMORY}:3:9: error[J116]: {LACKS}\n" in said
    assert f"      hint: {ELSEWHERE}\n" in said
    assert said.endswith("parallelcluster: 1 unchanged\npcs: 1 with a change\n")


def test_only_the_platform_that_is_asked_for_counts(check):
    code, said, _ = check(MEMORY, "--platform", "parallelcluster")

    assert code == 0
    assert "pcs" not in said


def test_notes_alone_end_with_0(check):
    code, said, _ = check(HERE / "scripts/options-too-late.sbatch")

    assert code == 0
    assert "note[J105]" in said


def test_json_has_every_script_platform_and_finding(check):
    code, said, _ = check(FINE, MEMORY, "--format", "json")

    report = json.loads(said)
    assert code == 1
    assert [Path(each["file"]) for each in report["scripts"]] == [FINE, MEMORY]
    classic, pods = report["scripts"][1]["platforms"]
    assert classic == {"platform": "parallelcluster", "verdict": "unchanged", "findings": []}
    assert (pods["platform"], pods["verdict"]) == ("pcs", "change")
    assert pods["findings"][-1] == {
        "code": "J116",
        "verdict": "change",
        "message": LACKS,
        "hint": ELSEWHERE,
        "line": 3,
        "column": 9,
    }


def test_of_a_folder_job_scripts_are_taken_and_nothing_else(check, tmp_path):
    for name in ("a.sh", "b.sbatch", "c.slurm", "deep/d.sh", ".hidden/e.sh", ".f.sh", "g.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("#!/bin/bash\nhostname\n")
    (tmp_path / "without-suffix").write_text("#!/bin/bash\n#SBATCH -n 1\n")

    _, said, _ = check(tmp_path)

    found = [Path(line).relative_to(tmp_path) for line in said.splitlines() if line[:1] == "/"]
    names = ["a.sh", "b.sbatch", "c.slurm", "deep/d.sh", "without-suffix"]
    assert sorted(map(str, found)) == names


def test_a_folder_without_scripts_and_what_is_no_file_are_wrong_usage(check, tmp_path):
    os.mkfifo(tmp_path / "pipe")

    hint = "hint: they end in .sh, .sbatch, .slurm, or have an #SBATCH line"
    assert check(tmp_path)[::2] == (2, f"error: {tmp_path}: holds no job script\n{hint}\n")
    for name, why in (("pipe", "is no file"), ("none.sh", "no such file")):
        hint = "hint: name job scripts, or folders of them"
        assert check(tmp_path / name)[::2] == (2, f"error: {tmp_path / name}: {why}\n{hint}\n")


def test_a_seed_that_no_platform_takes_is_shown_with_its_errors(check, tmp_path):
    seed = tmp_path / "bad.yaml"
    seed.write_text("cluster: {name: bad, region: us-east-1}\ncompute: {queues: []}\n")

    code, said, told = check(FINE, seed=seed)

    assert (code, said) == (1, "")
    assert "error[P" in told


def test_a_seed_for_one_platform_alone_is_judged_on_that_one(check, tmp_path):
    seed = tmp_path / "pods.yaml"
    text = SEED.read_text().replace("  head_node: m7i.xlarge\n", "")
    seed.write_text(text)

    code, said, _ = check(FINE, seed=seed)

    assert code == 0
    assert "parallelcluster" not in said


def test_on_a_hybrid_cluster_a_job_is_judged_on_the_side_of_its_queue(check, tmp_path):
    script = tmp_path / "job.sh"
    script.write_text("#!/bin/bash\n#SBATCH -p legacy\nmodule load samtools\n")

    code, said, _ = check(script, seed=ROOT / "seeds/hybrid.yaml")

    assert "  pcs: runs unchanged\n" in said
    assert "note[J110]: queue legacy is on parallelcluster: look there" in said
    assert code == 0, said


def test_nothing_that_a_script_holds_reaches_the_terminal_unprinted(check, tmp_path):
    script = tmp_path / "job.sh"
    script.write_bytes(b"#!/bin/bash\n#SBATCH -p \x1b[31mred\x07\xff\n")

    code, said, _ = check(script)

    assert code == 1
    assert "\x1b" not in said
    assert "\x07" not in said


def test_nothing_of_a_script_is_run(check, tmp_path):
    trace = tmp_path / "trace"
    script = tmp_path / "job.sh"
    script.write_text(f"#!/bin/bash\ntouch {trace}\nX=$(touch {trace})\neval `touch {trace}`\n")

    check(script)

    assert not trace.exists()
