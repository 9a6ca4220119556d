from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import petal_constructs
from tests.need import need_tool

TEMPLATES = Path(petal_constructs.__file__).parent / "templates" / "node"
SCRIPTS = sorted(TEMPLATES.rglob("*.sh"))
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)


@each_script
def test_shellcheck_has_nothing_to_say(script):
    shellcheck = need_tool("shellcheck", "apt-get install shellcheck")

    done = subprocess.run([shellcheck, script], capture_output=True, text=True, check=False)

    assert done.stdout == ""


@each_script
def test_bash_can_read_it(script):
    done = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@each_script
def test_a_function_of_a_script_can_be_seen_at_once(script):
    lines = script.read_text().splitlines()

    starts = [n for n, line in enumerate(lines) if line.endswith("() {")]
    ends = [lines.index("}", start) for start in starts]

    assert len(lines) <= 200
    assert [lines[a] for a, b in zip(starts, ends, strict=True) if b - a > 30] == []
