"""Every script stops at its first error, and none outlasts those who wait for it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

import petal_constructs
from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.render.node import node_files
from tests.node.root import NO_SOFTWARE

TEMPLATES = Path(petal_constructs.__file__).parent / "templates"
SCRIPTS = sorted([*(TEMPLATES / "node").rglob("*.sh"), *(TEMPLATES / "slurm").rglob("*.sh")])
SOURCED = {"lib.sh", "modules.sh", "spack.sh", "zz-petal-modules.sh"}
"""What others read into themselves, under their own settings."""

LOGIN_S = 600
"""templates/login_nodes_stack.py of aws-parallelcluster 3.16.1: heartbeat of the lifecycle hook."""

NODE = node_files([], [], NO_SOFTWARE)["petal-node.sh"]
SERVICE = node_files([], [], NO_SOFTWARE)["systemd/petal-reconcile.service"]
SRC = "/opt/petal/src"


def commands(text):
    """Lines without comments and without the indentation."""
    return [line.strip() for line in text.splitlines() if line.strip() and line.strip()[0] != "#"]


def limit_s(role):
    login, others = re.search(
        r"\[\[ \$PETAL_ROLE == login ]] && LIMIT_S=(\d+) \|\| LIMIT_S=(\d+)$", NODE, re.MULTILINE
    ).groups()
    return int(login if role == "login" else others)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_stops_at_its_first_error(script):
    first = commands(script.read_text())[0]

    assert (first == "set -euo pipefail") is (script.name not in SOURCED)


def test_whatever_may_hang_is_under_the_limit_of_the_run():
    """A step that is added is run by the same loop; a command that is added must say `within`."""
    slow = re.compile(
        r"(^|[ (])(aws|bash|apt-get|dnf|curl|spack|systemd-run|timeout) (?!--kill-after)"
    )
    for line in commands(NODE):
        if slow.search(line) and "within " not in line:
            assert line == 'timeout --kill-after=10 "$((left < $1 ? left : $1))" "${@:2}"'


@pytest.mark.parametrize(
    ("role", "patience_s"),
    [("head", FACTS.limits.bootstrap_timeout_s), ("compute", 2100), ("login", LOGIN_S)],
)
def test_a_boot_leaves_parallelcluster_time_for_its_own_part(role, patience_s):
    after_the_limit = 10 + 10  # a step that does not heed SIGTERM; the pause before another try

    assert limit_s(role) + after_the_limit <= 0.75 * patience_s


def test_a_tick_ends_before_systemd_would_kill_it():
    (minutes,) = re.findall(r"^TimeoutStartSec=(\d+)min$", SERVICE, re.MULTILINE)

    assert limit_s("head") + 20 < int(minutes) * 60


def test_a_step_gets_its_time_even_if_lock_and_bucket_took_all_that_they_may():
    (lock_s,) = map(int, re.findall(r"flock --wait (\d+) ", NODE))
    (pauses,) = re.findall(r"for pause in ([\d ]+); do", NODE)
    fetches = [int(seconds) for seconds in re.findall(r"within (\d+) aws", NODE)]
    waits = sum(2 * int(pause) for pause in pauses.split())

    assert lock_s + waits + len(pauses.split()) * sum(fetches) <= limit_s("head") - 240


@pytest.mark.parametrize("hanging", ["aws", "steps"])
def test_a_run_in_which_everything_hangs_ends_in_time_and_says_what_it_left_out(head, hanging):
    head.receive()
    head.put(f"{SRC}/petal-node.sh", re.sub(r"LIMIT_S=\d+", "LIMIT_S=3", NODE))
    head.put("/opt/petal/node.env", "PETAL_ROLE=head\nPETAL_PREFIX=s3://bucket/petal/bio\n")
    steps = sorted(path.stem for path in head.path(f"{SRC}/steps").iterdir())
    if hanging == "aws":
        head.put("/usr/local/bin/aws", "#!/bin/sh\nexec sleep 600\n", 0o755)
    for step in steps:
        head.put(f"{SRC}/steps/{step}.sh", "sleep 600\n")
    begin = time.monotonic()

    done = head.run("bash", f"{SRC}/petal-node.sh")

    assert time.monotonic() - begin < 20
    assert done.returncode == 1
    status = head.path("/run/petal/status").read_text().splitlines()[0]
    assert status == f"failed: {' '.join(['fetch', *steps])}"
