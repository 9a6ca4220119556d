"""Root builds only in what is root's: ParallelCluster leaves /petal open to everybody (1777)."""

from __future__ import annotations

import os
import stat

import pytest

from tests.node.root import NO_SOFTWARE, Software, User

ADA = 5001
TOOLS = Software(("samtools@1.17",), "/petal")
OWN = ("environment", "spack", "software", "modules", "log", "cache", "stage", "scratch")


@pytest.fixture
def opened(head):
    """A head node as ParallelCluster hands it over."""
    head.path("/petal").mkdir(parents=True)
    head.path("/petal").chmod(0o1777)
    head.receive([User("ada", ADA, ADA)], (), TOOLS)
    return head


def _mode(node, path):
    status = node.path(path).stat()
    return status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)


def _as_ada(node, command):
    return node.run("setpriv", "--reuid", str(ADA), "--clear-groups", "sh", "-c", command)


def test_the_root_is_closed_before_there_is_any_user(opened):
    steps = sorted(path.name for path in opened.path("/opt/petal/src/steps").iterdir())
    assert steps.index("05-software-root.sh") < steps.index("10-users.sh")

    done = opened.step("05-software-root")

    assert (done.returncode, done.stderr) == (0, "")
    assert _mode(opened, "/petal") == (0, 0, 0o755)
    assert opened.account("ada") is None


def test_users_share_scratch_and_nothing_else(opened):
    opened.step("05-software-root")

    assert _mode(opened, "/petal/scratch") == (0, 0, 0o1777)
    assert _as_ada(opened, "touch /petal/scratch/results").returncode == 0
    assert _as_ada(opened, "mkdir /petal/environment").returncode != 0


def test_a_second_run_changes_nothing(opened):
    opened.step("05-software-root")
    opened.put("/petal/scratch/results", "1")
    first = opened.written()

    done = opened.step("05-software-root")

    assert (done.returncode, done.stderr) == (0, "")
    assert opened.written() == first


@pytest.mark.parametrize("name", OWN)
def test_root_does_not_build_in_a_folder_of_someone_else(opened, name):
    opened.path(f"/petal/{name}").mkdir()
    os.chown(opened.path(f"/petal/{name}"), ADA, ADA)

    assert (
        _refusals(opened)
        == [f"petal: refused: software: /petal/{name} is not a folder of root's; move it away"] * 3
    )
    assert list(opened.path(f"/petal/{name}").iterdir()) == []


@pytest.mark.parametrize("target", ["/home/ada", "/nowhere", "/etc"])
def test_root_does_not_build_behind_a_link(opened, target):
    opened.path("/petal/environment").symlink_to(target)

    assert len(_refusals(opened)) == 3


def test_a_root_that_is_a_link_is_refused(head):
    head.path("/petal").symlink_to("/etc")
    head.receive((), (), TOOLS)

    assert _refusals(head) == ["petal: refused: software: /petal is a link"] * 3
    assert not head.path("/etc/scratch").exists()


def _refusals(node):
    """What everything that root does with the software says, none of it successful."""
    runs = [node.step("05-software-root"), node.step("30-software")]
    runs.append(node.run("bash", "/opt/petal/src/spack-build.sh"))
    assert [done.returncode for done in runs] == [1, 1, 1]
    assert not node.path("/var/standin/spack.log").exists()
    return [line for done in runs for line in done.stderr.splitlines()]


def test_other_nodes_leave_the_shared_folder_alone(compute):
    compute.receive((), (), NO_SOFTWARE)

    assert compute.step("05-software-root").returncode == 0
    assert not compute.path("/petal").exists()
