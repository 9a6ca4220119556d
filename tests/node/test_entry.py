"""petal-node.sh as ParallelCluster and the timer call it; bucket and systemctl are stand-ins."""

from __future__ import annotations

import pytest

from petal_constructs.render.node import node_files
from tests.node.root import NO_SOFTWARE, S3Mount, User

ADA = User("ada", 5001, 5001)
BUCKET = "/var/standin/bucket"
PREFIX = "s3://bucket/petal/bio"


def _boot(node, *args):
    # ParallelCluster downloads the script by itself
    node.put("/tmp/downloaded.sh", node_files([], [], NO_SOFTWARE)["petal-node.sh"])
    return node.run("bash", "/tmp/downloaded.sh", *(args or (node.role, PREFIX, "0123456789ab")))


def _tick(node):
    return node.run("bash", "/opt/petal/src/petal-node.sh")


def _status(node):
    return node.path("/run/petal/status").read_text().splitlines()[0]


def test_a_boot_applies_the_seed_and_starts_the_timer(head):
    head.receive([ADA], [S3Mount("lab", "/data")], folder=BUCKET)

    done = _boot(head)

    assert done.returncode == 0, done.stderr
    assert _status(head) == "ok"
    assert head.account("ada") is not None
    active = {path.name for path in head.path("/var/standin/active").iterdir()}
    assert active == {"petal-reconcile.timer", "petal-s3-data.service"}


def test_only_root_reads_the_snapshot(head):
    head.receive([ADA], folder=BUCKET)

    _boot(head)

    assert head.path("/opt/petal").stat().st_mode & 0o777 == 0o700


def test_a_tick_brings_a_new_user_without_a_boot(head):
    head.receive([ADA], folder=BUCKET)
    _boot(head)
    head.receive([ADA, User("bob", 5002, 5002)], folder=BUCKET)

    done = _tick(head)

    assert done.returncode == 0
    assert head.account("bob") is not None


def test_a_tick_without_news_changes_nothing(head):
    head.receive([ADA], [S3Mount("lab", "/data")], folder=BUCKET)
    _boot(head)
    first = head.written()

    _tick(head)

    now = head.written()
    assert {k for k in now if now[k] != first.get(k)} <= {k for k in now if "/petal/stage/" in k}


def test_half_a_deployment_is_not_applied(head):
    head.receive([ADA], folder=BUCKET)
    _boot(head)
    head.put(f"{BUCKET}/data/users.tsv", "")

    done = _tick(head)

    assert done.returncode == 1
    assert "kept the last snapshot" in done.stderr
    assert _status(head) == "failed: fetch"
    assert head.lookup("shadow", "ada").split(":")[7] == ""


def test_an_unreachable_bucket_leaves_a_running_node_as_it_is_and_says_so(head):
    head.receive([ADA], folder=BUCKET)
    _boot(head)
    head.put("/var/standin/unreachable", "")

    done = _tick(head)

    assert done.returncode == 1
    assert _status(head) == "failed: fetch"


def test_one_refused_user_is_visible_but_does_not_stop_a_boot(head):
    head.put("/usr/local/bin/sleep", "#!/bin/sh\n", 0o755)
    head.receive([User("daemon", 5001, 5001), ADA], folder=BUCKET)

    done = _boot(head)

    assert done.returncode == 0
    assert _status(head) == "failed: 10-users"
    assert head.account("ada") is not None
    assert _tick(head).returncode == 1


@pytest.mark.parametrize(("role", "code"), [("compute", 1), ("login", 0), ("head", 0)])
def test_a_compute_node_without_its_data_takes_no_jobs(new_node, role, code):
    node = new_node(role)
    node.put("/usr/local/bin/sleep", "#!/bin/sh\n", 0o755)
    node.put("/var/standin/broken", "")
    node.receive([ADA], [S3Mount("lab", "/data")], folder=BUCKET)

    done = _boot(node)

    assert done.returncode == code
    assert _status(node) == "failed: 20-mounts"


def test_a_boot_without_a_snapshot_fails(compute):
    compute.put("/usr/local/bin/sleep", "#!/bin/sh\n", 0o755)
    compute.put("/var/standin/unreachable", "")

    done = _boot(compute)

    assert done.returncode == 1
    assert len(compute.path("/var/standin/aws.log").read_text().splitlines()) == 4


def test_one_run_at_a_time(head):
    head.receive([ADA], folder=BUCKET)
    _boot(head)

    script = "exec 7> /run/petal/lock; flock 7; bash /opt/petal/src/petal-node.sh 7>&-"
    done = head.run("bash", "-c", script)

    assert done.returncode == 0
    assert "another run is busy" in done.stderr


@pytest.mark.parametrize(
    "args",
    [("master", PREFIX), ("head", "s3://b/$(touch /pwned)"), ("head", "/local"), ("head",)],
    ids=str,
)
def test_wrong_arguments_are_refused(head, args):
    done = _boot(head, *args)

    assert done.returncode == 2
    assert not head.path("/pwned").exists()
    assert not head.path("/opt/petal/node.env").exists()
