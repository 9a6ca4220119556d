"""Scripts that are killed at random points, with all that they started, and run again.

The end is compared with that of an undisturbed run, file by file. Whoever is killed is a process:
that a file survives a power cut is not proved here.

PETAL_KILLS: how many nodes each script is tried on. Default: 5.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest

from petal_constructs.plan.values import Builder
from petal_constructs.render.node import node_files
from tests.node import test_submission as neighbour
from tests.node.interrupt import copy, digest, run, tree
from tests.node.root import STANDINS, Node, S3Mount, Software, User
from tests.node.test_database_password import equip, in_the_secret

KILLS = int(os.environ.get("PETAL_KILLS", "5"))
PATIENCE = 3
"""Runs without a kill until the end is right."""

BUCKET = "/var/standin/bucket"
SRC = "/opt/petal/src"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFake"
ADA, NEW_ADA = User("ada", 5001, 5001, (f"{KEY} old",)), User("ada", 5001, 5001, (f"{KEY} new",))
BOB, EVE, LEA = User("bob", 5002, 5001), User("eve", 5003, 5003), User("lea", 5004, 5001)
LAB, LAB_READ_ONLY = S3Mount("lab", "/data"), S3Mount("lab", "/data", read_only=True)
OLD, NEW = S3Mount("old", "/old"), S3Mount("new", "/new", "part/")
OLD_TOOLS, NEW_TOOLS = (Software(s, "/petal") for s in (("bwa", "star"), ("bwa", "gatk@4.3.0")))

WHOLE = re.compile(
    r"home/[^/]+/\.ssh/(authorized_keys|id_ed25519(\.pub)?)"
    r"|petal/modules/pending/.*(?<!\.new)|petal/modules/.*/\.modulerc|petal/petal_ready"
    r"|etc/systemd/system/.*(?<!\.new)|etc/profile\.d/[^.]*\.sh|etc/petal/[^.]*"
    r"|opt/petal/node\.env|opt/petal/src"
)
"""Files that others read at any time: they are the old ones or the new ones, never a part. Spack
writes modules itself."""

PENDING = (
    "-rw-r--r--",
    0,
    0,
    digest(node_files((), (), OLD_TOOLS)["modules/pending.tcl"].encode()),
)
"""A module that stands in for one that is not built yet."""


@dataclass(frozen=True, slots=True)
class Script:
    """Something that runs on a node.

    Attributes:
        before: Brings a node into the state that the script finds.
        command: What is interrupted.
        role: Of the node.
    """

    before: Callable[[Node], None]
    command: Sequence[str]
    role: str = "head"


def change_of_users(node: Node) -> None:
    node.receive([ADA, BOB, LEA])
    assert node.step("10-users").returncode == 0
    node.receive([ADA, BOB])
    assert node.step("10-users").returncode == 0
    node.receive([NEW_ADA, EVE, LEA])


def change_of_mounts(node: Node) -> None:
    node.receive((), [LAB, OLD])
    assert node.step("20-mounts").returncode == 0
    node.receive((), [LAB_READ_ONLY, NEW])


def change_of_software(node: Node) -> None:
    node.receive((), (), OLD_TOOLS)
    assert node.step("30-software").returncode == 0
    node.receive((), (), NEW_TOOLS)


def waiting_job(node: Node) -> None:
    builder = Builder("compute", "cpu16", "1-00:00:00")
    node.receive((), (), Software(("bwa", "gatk@4.3.0"), "/petal", builder=builder))
    assert node.step("30-software").returncode == 0
    node.path("/var/standin/job").unlink()


def open_root(node: Node) -> None:
    node.receive((), (), NEW_TOOLS)
    node.path("/petal").mkdir(mode=0o1777)


def keys_of_a_user(node: Node) -> None:
    node.receive([ADA])
    assert node.step("10-users").returncode == 0
    for name in ("id_ed25519", "id_ed25519.pub"):
        node.path(f"/home/ada/.ssh/{name}").unlink()


def new_password(node: Node) -> None:
    equip(node)
    in_the_secret(node, "new")


def new_key(node: Node) -> None:
    neighbour.equip(node)
    assert node.step("60-submission").returncode == 0
    neighbour.change(node)


def new_key_for_slurmctld(node: Node) -> None:
    new_key(node)
    assert node.step("65-slurmrestd").returncode == 0
    assert node.step("60-submission").returncode == 0
    node.put("/opt/petal/src/petal-slurmrestd.service", "[Service]\nUser=petal-slurmrestd\n")


def first_boot(node: Node) -> None:
    node.receive([ADA, EVE], [LAB], NEW_TOOLS, folder=BUCKET)
    node.receive(folder="/tmp/downloaded")
    node.put("/usr/local/bin/sleep", "#!/bin/sh\n", 0o755)


def news(node: Node) -> None:
    first_boot(node)
    assert node.run(*BOOT).returncode == 0
    node.receive([NEW_ADA, BOB], [LAB_READ_ONLY, NEW], OLD_TOOLS, folder=BUCKET)


BOOT = ("bash", "/tmp/downloaded/petal-node.sh", "head", "s3://bucket/petal/bio", "0123456789ab")
AS_ADA = "export HOME=/home/ada USER=ada; exec setpriv --reuid 5001 --regid 5001 --init-groups"
SCRIPTS = {
    "05-software-root": Script(open_root, ("bash", f"{SRC}/steps/05-software-root.sh")),
    "10-users": Script(change_of_users, ("bash", f"{SRC}/steps/10-users.sh")),
    "20-mounts": Script(change_of_mounts, ("bash", f"{SRC}/steps/20-mounts.sh"), "compute"),
    "30-software": Script(change_of_software, ("bash", f"{SRC}/steps/30-software.sh")),
    "35-database-password": Script(new_password, ("bash", f"{SRC}/steps/35-database-password.sh")),
    "60-submission": Script(new_key, ("bash", f"{SRC}/steps/60-submission.sh")),
    "65-slurmrestd": Script(new_key_for_slurmctld, ("bash", f"{SRC}/steps/65-slurmrestd.sh")),
    "spack-job": Script(waiting_job, ("bash", f"{SRC}/spack-job.sh")),
    "authorized-keys": Script(
        keys_of_a_user,
        ("bash", "-c", f"{AS_ADA} bash {SRC}/authorized-keys.sh <<< '{KEY} new'"),
    ),
    "boot": Script(first_boot, BOOT),
    "reconcile": Script(news, ("bash", f"{SRC}/petal-node.sh")),
}


@pytest.fixture
def nodes(new_node):
    """Nodes in the state that a script finds, as many as asked for."""

    def prepare(script: Script) -> Iterator[Node]:
        first = new_node(script.role)
        first.put("/usr/local/bin/ssh-keygen", (STANDINS / "ssh-keygen").read_text(), 0o755)
        script.before(first)
        while True:
            node = new_node(script.role)
            copy(first, node)
            yield node

    return prepare


def differences(found, wanted):
    """Paths whose entries differ, with both."""
    return {
        path: (found.get(path), wanted.get(path))
        for path in sorted({*found, *wanted})
        if found.get(path) != wanted.get(path)
    }


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_that_was_killed_ends_as_if_it_never_had_been(nodes, name):
    script = SCRIPTS[name]
    fresh = nodes(script)
    node = next(fresh)
    start = tree(node)
    undisturbed = run(node, script.command)
    end = tree(node)
    assert undisturbed.code == 0, undisturbed.output
    assert end != start

    for number in range(KILLS):
        chance = random.Random(f"{name} {number}")
        points = [kill_point(chance, undisturbed.commands) for _ in range(chance.choice((1, 2)))]
        node = next(fresh)
        for kill_at, later_s in points:
            run(node, script.command, kill_at=kill_at, later_s=later_s)
            assert_nothing_is_half_written(tree(node), start, end, points)
        an_hour_passes(node)
        for _ in range(PATIENCE):
            last = run(node, script.command)
            if not (left := differences(tree(node), end)):
                break
        assert left == {}, (points, last.output)
        assert last.code == 0, (points, last.output)


def an_hour_passes(node: Node) -> None:
    """Until then a home may be one that another node is making."""
    for home in node.path("/home").glob(".petal.*"):
        os.utime(home, (0, 0))


def kill_point(chance: random.Random, commands: int) -> tuple[int, float]:
    """Before a command, or some time into it."""
    return chance.randint(1, commands), chance.choice((0, chance.uniform(0.0005, 0.02)))


def assert_nothing_is_half_written(now, start, end, points):
    for path, entry in now.items():
        if WHOLE.fullmatch(path) and not entry[0].startswith("d"):
            assert entry in (start.get(path), end.get(path), PENDING), (path, points)


FULL_DISK = "trap '' XFSZ; ulimit -S -f 4; "
"""No file may grow beyond 4 KiB: what is longer is cut off, as by a full disk."""


def test_a_full_disk_leaves_a_file_as_it_was(head):
    head.receive()
    head.put("/etc/motd", "old\n")
    write = f"source {SRC}/lib.sh; head -c 9000 /dev/zero | tr '\\0' x | replace_file /etc/motd"

    done = head.run("bash", "-c", f"{FULL_DISK}{write} || echo not changed")

    assert done.stdout == "not changed\n"
    assert head.path("/etc/motd").read_text() == "old\n"


def test_a_full_disk_leaves_the_last_snapshot_in_place(head):
    first_boot(head)
    assert head.run(*BOOT).returncode == 0
    before = head.path("/opt/petal/src").readlink()
    head.receive([ADA, EVE, BOB], folder=BUCKET)
    download = head.path("/usr/local/bin/aws").read_text()
    roomy = download.replace("set -eu", "set -eu; ulimit -S -f unlimited")
    head.put("/usr/local/bin/aws", roomy, 0o755)

    done = head.run("bash", "-c", f"{FULL_DISK} bash {SRC}/petal-node.sh")

    assert done.returncode == 1
    assert head.path("/opt/petal/src").readlink() == before
    assert head.account("bob") is None
