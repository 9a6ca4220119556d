"""The scripts of images and of those who use them, before anybody runs them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import petal_constructs
from tests.need import need_tool

TEMPLATES = Path(petal_constructs.__file__).parent / "templates/containers"
SCRIPTS = sorted(path for path in (TEMPLATES / "exec").iterdir() if path.suffix != ".tcl")
NODE_SCRIPTS = sorted(p for part in ("node", "pyxis") for p in (TEMPLATES / part).rglob("*.sh"))


@pytest.mark.parametrize("script", SCRIPTS + NODE_SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_has_nothing_to_say(script):
    shellcheck = need_tool("shellcheck", "apt-get install shellcheck")

    done = subprocess.run([shellcheck, script], capture_output=True, text=True, check=False)

    assert done.stdout == ""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh"])
def test_every_plain_shell_can_read_it(script, shell):
    program, *mode = shell.split()
    need_tool(program, "apt-get install dash bash busybox-static")

    done = subprocess.run([program, *mode, "-n", script], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
