from __future__ import annotations

import json
import subprocess
import sys

import pytest

FINE = "small.yaml: fine\n"
PROBLEMS = """\
error[P101]: cluster.platforrm: no such key
 --> bad.yaml:4:3
4 |   platforrm: parallelcluster
  |   ^
hint: did you mean platform?
"""


@pytest.mark.parametrize("how", [("small.yaml",), ("-t", "small.yaml"), ("--seed", "small.yaml")])
def test_a_good_seed_is_fine_however_it_is_named(petal, how):
    assert petal("validate", *how) == (0, FINE, "")


def test_a_bad_seed_shows_all_problems_and_counts_them(petal):
    code, out, err = petal("validate", "bad.yaml")

    assert (code, err) == (1, "")
    assert PROBLEMS in out
    assert "min_count (30) is above max_count (20)" in out
    assert out.splitlines()[-1] == "bad.yaml: 2 errors"


def test_warnings_are_shown_and_leave_the_exit_code_alone(petal, here):
    seed = here / "small.yaml"
    seed.write_text(seed.read_text().replace("  ssh_from: [192.0.2.0/24]\n", ""))

    code, out, _ = petal("validate", "small.yaml")

    assert code == 0
    assert out.startswith("warning[P313]: network.ssh_from")
    assert out.endswith("\n\nsmall.yaml: 1 warning\n")


def test_programs_get_the_same_problems_as_json(petal):
    code, out, err = petal("validate", "bad.yaml", "--format", "json")
    report = json.loads(out)

    assert (code, err) == (1, "")
    assert (report["seed"], report["errors"], report["warnings"]) == ("bad.yaml", 2, 0)
    assert report["problems"][0] == {
        "code": "P101",
        "level": "error",
        "path": "cluster.platforrm",
        "message": "no such key",
        "hint": "did you mean platform?",
        "file": "bad.yaml",
        "line": 4,
        "column": 3,
    }


def test_a_good_seed_is_an_empty_report(petal):
    code, out, _ = petal("validate", "small.yaml", "--format", "json")

    assert code == 0
    assert json.loads(out) == {"seed": "small.yaml", "problems": [], "errors": 0, "warnings": 0}


def test_the_report_goes_to_a_file_if_one_is_named(petal, here):
    code, out, err = petal("validate", "small.yaml", "-o", "report.txt")

    assert (code, out, err) == (0, "", "")
    assert (here / "report.txt").read_text() == FINE


def test_it_loads_neither_the_cdk_nor_rich_and_starts_nothing(here):
    program = """
import sys
started = []
sys.addaudithook(lambda event, _: started.append(event) if event == "subprocess.Popen" else None)
from petal_constructs.cli.main import run
code = run(["validate", "bad.yaml"])
print(code, sorted({"aws_cdk", "jsii", "constructs", "rich", "boto3"} & set(sys.modules)), started)
"""

    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=here, capture_output=True, text=True, check=True
    )

    assert ended.stdout.splitlines()[-1] == "1 [] []"
