"""slurmrestd on the head node of a hybrid cluster, and the key that slurmctld takes tokens by."""

from __future__ import annotations

import json
import pwd
import stat
import subprocess

import pytest

from petal_constructs.plan.submission import HEAD_REST_PORT
from tests.need import need_tool
from tests.node.test_submission import KEY, equip

FETCH, STEP = "60-submission", "65-slurmrestd"
KEY_FILE = "/etc/petal/slurm/jwt.key"
UNIT = "/etc/systemd/system/petal-slurmrestd.service"


@pytest.fixture
def ready(head):
    need_tool("slurmctld", "apt-get install slurmctld")
    return equip(head)


def first_key(node):
    return node.run("bash", "/opt/petal/src/first-key.sh")


def calls(node):
    return node.path("/var/standin/systemctl.log").read_text()


def test_before_slurm_is_set_up_there_is_a_key_for_slurmctld_alone(ready):
    done = first_key(ready)
    found = ready.path(KEY_FILE)

    assert done.returncode == 0, done.stderr
    assert len(found.read_bytes()) == 64
    assert stat.S_IMODE(found.stat().st_mode) == 0o600
    assert found.stat().st_uid == pwd.getpwnam("slurm").pw_uid
    assert stat.S_IMODE(found.parent.stat().st_mode) == 0o750


def test_the_first_key_stays_where_there_is_one(ready):
    first_key(ready)
    before = ready.path(KEY_FILE).read_bytes()
    first_key(ready)

    assert ready.path(KEY_FILE).read_bytes() == before


def test_slurmctld_has_the_true_key_and_starts_again_once(ready):
    first_key(ready)
    ready.step(FETCH)
    done = ready.step(STEP)
    again = ready.step(STEP)

    assert (done.returncode, again.returncode) == (0, 0), done.stderr + again.stderr
    assert ready.path(KEY_FILE).read_text() == KEY
    assert stat.S_IMODE(ready.path(KEY_FILE).stat().st_mode) == 0o600
    assert ready.path(KEY_FILE).stat().st_uid == pwd.getpwnam("slurm").pw_uid
    assert calls(ready).count("try-restart slurmctld") == 1


def test_a_new_key_reaches_slurmctld(ready):
    ready.step(FETCH)
    ready.step(STEP)
    ready.put("/var/standin/secret", json.dumps({"password": "n" * 64}))
    ready.step(FETCH)
    ready.step(STEP)

    assert ready.path(KEY_FILE).read_text() == "n" * 64
    assert calls(ready).count("try-restart slurmctld") == 2


def test_without_a_key_the_reason_is_told_and_slurmctld_keeps_its_own(ready):
    first_key(ready)
    before = ready.path(KEY_FILE).read_bytes()
    done = ready.step(STEP)

    assert done.returncode == 1
    assert "refused: slurmrestd: there is no key of tokens yet" in done.stderr
    assert ready.path(KEY_FILE).read_bytes() == before


def test_slurmrestd_runs_as_an_account_of_its_own(ready):
    ready.step(FETCH)
    ready.step(STEP)
    unit = ready.path(UNIT).read_text()

    assert "User=petal-slurmrestd\n" in unit
    assert "Restart=always\n" in unit
    assert f" 0.0.0.0:{HEAD_REST_PORT}\n" in unit
    assert ready.account("petal-slurmrestd") is not None
    assert "enable --now petal-slurmrestd.service" in calls(ready)


@pytest.mark.parametrize("role", ["login", "compute"])
def test_no_other_node_has_it(new_node, role):
    node = equip(new_node(role))

    assert node.step(STEP).returncode == 0
    assert not node.path(UNIT).exists()


def test_shellcheck_has_nothing_to_say(ready):
    shellcheck = need_tool("shellcheck", "apt-get install shellcheck")
    scripts = [
        ready.path(f"/opt/petal/src/{name}") for name in ("first-key.sh", f"steps/{STEP}.sh")
    ]

    done = subprocess.run([shellcheck, *scripts], capture_output=True, text=True, check=False)

    assert done.stdout == ""
