"""A login node: people find on it what they find elsewhere, and it makes nothing that is shared."""

from __future__ import annotations

import pytest

from petal_constructs.render.accounts import accounts_files
from tests.node.root import S3Mount, Software, User
from tests.node.test_entry import BUCKET, _boot, _status, _tick

ADA = User("ada", 5001, 5001, ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFake ada@laptop",))
SOFTWARE = Software(("samtools@1.17",), "/petal")


@pytest.fixture
def login(new_node):
    return new_node("login")


def _receive(node):
    accounts = accounts_files("lab", ())
    node.receive([ADA], [S3Mount("lab", "/data")], SOFTWARE, accounts, folder=BUCKET)


def test_people_find_their_account_their_data_and_the_modules(login):
    _receive(login)

    done = _boot(login)

    assert done.returncode == 0, done.stderr
    assert _status(login) == "ok"
    assert login.account("ada") == "ada:x:5001:5001::/home/ada:/bin/bash"
    active = {path.name for path in login.path("/var/standin/active").iterdir()}
    assert active == {"petal-reconcile.timer", "petal-s3-data.service"}
    assert login.path("/etc/petal/software-root").read_text() == "/petal\n"
    assert login.path("/etc/profile.d/zz-petal-modules.sh").exists()


def test_homes_builds_and_slurms_accounts_are_left_to_the_head_node(login):
    login.put("/opt/slurm/bin/sacctmgr", "#!/bin/sh\ntouch /var/standin/asked\n", 0o755)
    _receive(login)

    _boot(login)

    assert not login.path("/home/ada").exists()
    assert not login.path("/petal").exists()
    assert not login.path("/var/standin/asked").exists()


def test_a_boot_does_not_try_twice_what_the_timer_tries_again(login):
    """ParallelCluster replaces a login node that is not ready within ten minutes."""
    login.put("/usr/local/bin/sleep", "#!/bin/sh\ntouch /var/standin/slept\n", 0o755)
    login.put("/var/standin/broken", "")
    _receive(login)

    done = _boot(login)

    assert done.returncode == 0
    assert _status(login) == "failed: 20-mounts"
    assert not login.path("/var/standin/slept").exists()
    login.path("/var/standin/broken").unlink()
    assert _tick(login).returncode == 0
