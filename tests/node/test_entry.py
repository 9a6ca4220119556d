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


def _reasons(node):
    return node.path("/run/petal/status").read_text().splitlines()[2:]


def _asked_of_the_bucket(node):
    log = node.path("/var/standin/aws.log")
    return [" ".join(line.split()[:2]) for line in log.read_text().splitlines()]


def test_a_boot_applies_the_seed_and_starts_the_timer(head):
    head.receive([ADA], [S3Mount("lab", "/data")], folder=BUCKET)

    done = _boot(head)

    assert done.returncode == 0, done.stderr
    assert _status(head) == "ok"
    assert head.account("ada") is not None
    active = {path.name for path in head.path("/var/standin/active").iterdir()}
    assert active == {"petal-reconcile.timer", "petal-s3-data.service"}


def test_the_bucket_is_asked_for_in_the_region_of_the_cluster(head):
    """Its own line of cfnconfig; source: cookbook f75d84c, templates/init/cfnconfig.erb."""
    head.put("/etc/parallelcluster/cfnconfig", "stack_name=lab\ncfn_region=cn-north-1\n")
    head.receive([ADA], folder=BUCKET)

    _boot(head)

    assert head.path("/var/standin/aws.region").read_text() == "cn-north-1\n"


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

    assert head.written() == first


def test_a_tick_without_news_asks_for_one_file_and_lists_nothing(compute):
    compute.receive([ADA], folder=BUCKET)
    _boot(compute)

    _tick(compute)

    assert _asked_of_the_bucket(compute) == ["s3 cp", "s3 sync", "s3 cp"]


@pytest.mark.parametrize("late", ["data/users.tsv", "steps/10-users.sh"])
def test_a_manifest_that_came_before_its_files_is_not_applied(head, late):
    head.receive([ADA], folder=BUCKET)
    _boot(head)
    old = head.path(f"{BUCKET}/{late}").read_text() + "\n"
    head.receive([], folder=BUCKET)
    head.put(f"{BUCKET}/{late}", old)

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


def test_files_that_came_before_their_manifest_wait_for_it(head):
    head.receive([ADA], folder=BUCKET)
    _boot(head)
    head.put(f"{BUCKET}/data/users.tsv", "")

    done = _tick(head)

    assert done.returncode == 0
    assert head.lookup("shadow", "ada").split(":")[7] == ""


def test_one_refused_user_is_visible_but_does_not_stop_a_boot(head):
    head.put("/usr/local/bin/sleep", "#!/bin/sh\n", 0o755)
    head.receive([User("daemon", 5001, 5001), ADA], folder=BUCKET)

    done = _boot(head)

    assert done.returncode == 0
    assert _status(head) == "failed: 10-users"
    assert _reasons(head) == ["user daemon: an account of this name exists that petal did not make"]
    assert head.account("ada") is not None
    assert _tick(head).returncode == 1


@pytest.mark.parametrize("role", ["compute", "login", "head"])
def test_a_bucket_that_cannot_be_mounted_is_visible_but_does_not_stop_a_boot(new_node, role):
    node = new_node(role)
    node.put("/usr/local/bin/sleep", "#!/bin/sh\n", 0o755)
    node.put("/ref/of-somebody", "")
    node.receive([ADA], [S3Mount("lab", "/data"), S3Mount("ref", "/ref")], folder=BUCKET)

    done = _boot(node)

    assert done.returncode == 0
    assert _status(node) == "failed: 20-mounts"
    assert _reasons(node) == ["mount of ref: /ref holds files of its own"]
    assert node.path("/var/standin/active/petal-s3-data.service").exists()


def test_the_timer_mounts_what_a_boot_could_not(compute):
    compute.put("/usr/local/bin/sleep", "#!/bin/sh\n", 0o755)
    compute.put("/var/standin/broken", "")
    compute.receive([ADA], [S3Mount("lab", "/data")], folder=BUCKET)
    _boot(compute)
    assert _reasons(compute) == ["mount of lab: journalctl -u petal-s3-data.service says why"]
    compute.path("/var/standin/broken").unlink()

    done = _tick(compute)

    assert done.returncode == 0
    assert (_status(compute), _reasons(compute)) == ("ok", [])
    assert compute.path("/var/standin/active/petal-s3-data.service").exists()


@pytest.mark.parametrize(("role", "code"), [("compute", 1), ("login", 0), ("head", 0)])
def test_a_compute_node_that_can_mount_nothing_takes_no_jobs(new_node, role, code):
    node = new_node(role)
    node.path("/usr/local/bin/mount-s3").unlink()
    for tool in ("sleep", "apt-get", "dnf", "curl"):
        node.put(f"/usr/local/bin/{tool}", f"#!/bin/sh\ntest {tool} = sleep\n", 0o755)
    node.receive([ADA], [S3Mount("lab", "/data")], folder=BUCKET)

    done = _boot(node)

    assert done.returncode == code
    assert _status(node) == "failed: 20-mounts"
    assert _reasons(node) == ["Mountpoint for S3 could not be installed"]


def test_without_mounts_nobody_asks_for_mountpoint(compute):
    compute.path("/usr/local/bin/mount-s3").unlink()
    compute.receive([ADA], folder=BUCKET)

    done = _boot(compute)

    assert (done.returncode, _status(compute)) == (0, "ok")


def test_nodes_that_boot_together_do_not_ask_again_together(new_node):
    pauses = set()
    for _ in range(3):
        node = new_node("compute")
        node.put("/usr/local/bin/sleep", '#!/bin/sh\necho "$1" >> /var/standin/sleep.log\n', 0o755)
        node.put("/var/standin/unreachable", "")
        _boot(node)
        pauses.add(tuple(map(int, node.path("/var/standin/sleep.log").read_text().split())))

    assert len(pauses) > 1
    for chosen in pauses:
        assert all(p <= c <= 2 * p for p, c in zip((5, 10, 20, 0), chosen, strict=True))


def test_a_boot_without_a_snapshot_fails(compute):
    compute.put("/usr/local/bin/sleep", "#!/bin/sh\n", 0o755)
    compute.put("/var/standin/unreachable", "")

    done = _boot(compute)

    assert done.returncode == 1
    assert _asked_of_the_bucket(compute) == ["s3 cp"] * 4
    assert _status(compute) == "failed: fetch"


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
