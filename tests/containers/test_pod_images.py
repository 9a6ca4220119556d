"""The loop of the pod petal-images, with a stand-in for Apptainer that really enters images."""

from __future__ import annotations

import os
import random
import re
import time
from pathlib import Path

import pytest

from petal_constructs.render import pod_images
from tests.containers.image_tree import unpacked_image
from tests.containers.pods import Running, mount_image, receive, user_pod
from tests.node.conftest import new_node
from tests.node.interrupt import run as run_counted
from tests.node.root import Node
from tests.node.test_containers import (
    APPTAINER,
    GATK,
    INSTALLER,
    SETPRIV,
    lose,
    pulls,
    registry,
)
from tests.scaler.real_slurm import until

__all__ = ["new_node"]

PULL = ("bash", "/opt/petal/src/containers-pull.sh")
STATE = "/petal/log/containers.state"
PASSWORD = "/run/petal/ecr/eu-west-1"
OURS = GATK.__class__(
    "star",
    "123456789012.dkr.ecr.eu-west-1.amazonaws.com/lab/star:v2",
    None,
    None,
    (("star", "v2"),),
)


def foreign_image(node: Node, image, *commands: str) -> None:
    made = unpacked_image(registry(node, image).parent, name=image.name)
    made.rename(registry(node, image))
    for name in commands:
        program = registry(node, image) / f"usr/local/{image.name}" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\necho {name} of somebody else: $*\n")
        program.chmod(0o755)
    link = registry(node, image) / "usr/bin" / commands[0]
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(f"../local/{image.name}/{commands[0]}")


@pytest.fixture
def pod(new_node):
    """The pod, with a registry that holds two images of others; Lmod is another test's."""
    node = new_node("images")
    node.put("/var/standin/install.sh", INSTALLER)
    node.put("/usr/local/bin/curl", '#!/bin/sh\ncp /var/standin/install.sh "$5"\n', 0o755)
    for tool in ("rpm2cpio", "cpio"):
        node.put(f"/usr/local/bin/{tool}", "#!/bin/sh\n", 0o755)
    node.put("/usr/local/bin/setpriv", SETPRIV, 0o755)
    node.put(PASSWORD, "secret-token")
    registry(node, GATK).parent.mkdir(parents=True)
    foreign_image(node, GATK, "gatk", "gatk-launch")
    foreign_image(node, OURS, "star")
    deliver(node, GATK)
    return node


def deliver(node, *images, **how):
    receive(node, *images, apptainer=APPTAINER, instead={"lmod.sh": "exit 0\n"}, **how)


class Loop(Running):
    def __init__(self, node):
        self.node = node
        super().__init__(node, "images.sh")

    def state(self):
        file = self.node.path(STATE)
        return file.read_text().split()[0] if file.exists() else None

    def until(self, state, *images):
        """Wait for a state in which these images bear its name as their mark."""
        marks = [self.node.path(f"/petal/containers/{image}/{state}") for image in images]
        until(lambda: self.state() == state and all(m.exists() for m in marks), state, 30)


@pytest.fixture
def loop(pod):
    loops = []

    def start():
        loops.append(Loop(pod))
        return loops[-1]

    yield start
    for each in loops:
        each.kill()


def command(node, image="gatk", tool="gatk", **environment):
    (found,) = node.path(f"/petal/containers/{image}/bin").glob(f"*/*/{tool}")
    path = "/" + str(found.relative_to(node.path("/")))
    return node.run(path, "--version", **environment)


def test_it_pulls_follows_its_tables_and_ends_at_once(pod, loop):
    running = loop()
    running.until("ready", "gatk")

    deliver(pod, GATK, OURS, seen=running.inside)
    running.until("ready", "gatk", "star")
    deliver(pod, OURS, seen=running.inside)
    until(lambda: not pod.path("/petal/containers/gatk").exists(), "the image is gone", 30)
    running.until("ready", "star")
    code, seconds, said = running.end()

    assert (code, seconds < 2) == (0, True)
    assert re.findall("petal: containers are .*", said)[:2] == [
        "petal: containers are building",
        "petal: containers are ready",
    ]
    assert pulls(pod) == [
        f": docker://{GATK.reference}",
        f"AWS:secret-token docker://{OURS.reference}",
    ]


def test_without_pulled_images_there_is_no_apptainer(pod, loop):
    deliver(pod)

    running = loop()
    running.until("ready")
    running.end()

    assert not list(pod.path("/petal/containers").glob("_apptainer-*"))


def test_an_image_runs_in_jobs_and_elsewhere_says_so(pod, loop):
    running = loop()
    running.until("ready", "gatk")
    running.end()

    inside = command(pod, SLURMD_NODENAME="n1")
    outside = command(pod)

    assert inside.stdout == "gatk of somebody else: --version\n", inside.stderr
    assert outside.returncode == 69
    assert outside.stderr == (
        "petal: gatk/4.3: the image runs in jobs only. Run it in a job: srun gatk\n"
    )


def test_an_image_for_another_machine_says_so(pod, loop):
    running = loop()
    running.until("ready", "gatk")
    running.end()
    conf = pod.path("/petal/containers/gatk/image.conf")
    conf.write_text(conf.read_text().replace("machine=x86_64", "machine=aarch64"))

    done = command(pod, SLURMD_NODENAME="n1")

    assert done.returncode == 69
    assert done.stderr == ("petal: gatk/4.3: the image is for aarch64, and this node is x86_64\n")


def test_where_an_image_is_mounted_commands_run_anywhere(pod):
    user_pod(pod, "bio")

    assert pod.run("/opt/petal/bio/bin/bwa/0.7.17/bwa", "args", "x").stdout == "<x>\n"


def test_an_image_that_cannot_be_pulled_hides_no_other_and_is_tried_again_after_an_hour(pod, loop):
    lose(pod, GATK)
    deliver(pod, GATK, OURS)
    running = loop()
    running.until("failed", "gatk")
    assert pod.path("/petal/containers/star/ready").exists()
    lost = running.inside("/var/standin/registry/lost")
    lost.rename(lost.with_name(registry(pod, GATK).name))
    time.sleep(0.5)
    early = len(pulls(pod))

    past = time.time() - 3700
    os.utime(running.inside(STATE), (past, past))

    running.until("ready", "gatk", "star")
    running.end()
    assert (early, len(pulls(pod))) == (2, 3)


def test_without_a_fresh_password_it_waits_for_one_and_keeps_none(pod, loop):
    deliver(pod, OURS)
    past = time.time() - 12 * 3600
    os.utime(pod.path(PASSWORD), (past, past))
    running = loop()
    running.until("building", "star")
    time.sleep(2)
    assert pulls(pod) == []

    pod.put(PASSWORD, "newer-token")

    running.until("ready", "star")
    running.end()
    assert pulls(pod) == [f"AWS:newer-token docker://{OURS.reference}"]
    for file in pod.path("/petal").rglob("*"):
        assert file.is_dir() or file.is_symlink() or b"newer-token" not in file.read_bytes()


def test_it_ends_at_once_while_it_pulls_and_takes_everything_along(pod, loop):
    pod.put("/usr/local/bin/curl", "#!/bin/sh\necho $$ > /var/standin/pulling\nsleep 600\n", 0o755)
    running = loop()
    pulling = pod.path("/var/standin/pulling")
    until(lambda: pulling.exists() and pulling.read_text().strip(), "it pulls", 20)

    code, seconds, _ = running.end()

    assert (code, seconds < 2) == (0, True)
    until(lambda: not Path("/proc", pulling.read_text().strip()).exists(), "all ended", 5)


def test_tools_that_the_system_lacks_are_installed_and_tried_again(pod, loop):
    broken = "#!/bin/sh\n[ -e /var/standin/network ] || exit 100\n"
    installs = 'case $* in *install*) printf "#!/bin/sh\\n" > /usr/local/bin/rpm2cpio;'
    pod.path("/usr/local/bin/rpm2cpio").unlink()
    for place in ("/usr/bin", "/bin"):
        pod.run("rm", "-f", f"{place}/rpm2cpio")
    chmod = "chmod 755 /usr/local/bin/rpm2cpio;; esac\n"
    pod.put("/usr/local/bin/apt-get", f"{broken}{installs}{chmod}", 0o755)
    pod.put("/usr/local/bin/dpkg", "#!/bin/sh\n", 0o755)
    running = loop()
    time.sleep(1)
    assert running.state() is None

    running.inside("/var/standin/network").touch()

    running.until("ready", "gatk")
    _, _, said = running.end()
    assert "petal: packages of the system could not be installed" in said


@pytest.mark.parametrize(
    ("file", "row"),
    [
        ("images.tsv", "../bio\tx/y:1\t-\t-\n"),
        ("images.tsv", "bio\t$(touch /x)\t-\t-\n"),
        ("modules.tsv", "bio\tsamtools\t1;touch /x\n"),
    ],
)
def test_a_hostile_row_is_refused_and_the_loop_goes_on(pod, loop, file, row):
    good = pod.path(f"/opt/petal/src/data/containers/{file}").read_text()
    pod.put(f"/opt/petal/src/data/containers/{file}", row)
    running = loop()
    time.sleep(1)
    assert running.state() is None

    pod.put(f"/opt/petal/src/data/containers/{file}", good)

    running.until("ready", "gatk")
    _, _, said = running.end()
    assert "petal: refused: containers: not a" in said
    assert not pod.path("/x").exists()


@pytest.mark.parametrize("place", ["/petal", "/petal/log", "/petal/containers", "/petal/lmod"])
def test_it_writes_through_no_folder_or_link_of_a_users(pod, place):
    theirs = pod.path("/home/eve/folder")
    theirs.mkdir(parents=True)
    os.chown(theirs, 5001, 5001)
    planted = pod.path(place)
    planted.parent.mkdir(exist_ok=True)
    if place == "/petal":
        planted.mkdir()
        os.chown(planted, 5001, 5001)
    else:
        planted.symlink_to("/home/eve/folder")

    done = pod.run(*PULL)

    assert done.returncode == 1
    assert f"{place} is not a folder of root's; move it away" in done.stderr
    assert list(theirs.iterdir()) == []
    assert not pod.path("/petal/containers/gatk").exists()


def test_of_two_pods_one_writes(pod, loop):
    first = loop()
    first.until("ready", "gatk")
    first.end()
    hold = "exec 8>> /petal/log/containers.lock; python3 /opt/petal/src/lock.py 8 0;"
    deliver(pod, GATK, OURS)

    done = pod.run("bash", "-c", f"{hold} bash /opt/petal/src/containers-pull.sh 8>&-")

    assert "another run is busy" in done.stderr
    assert not pod.path("/petal/containers/star").exists()


@pytest.mark.parametrize("kill", range(6))
def test_whenever_a_pull_is_killed_the_next_one_ends_it(pod, kill):
    deliver(pod, GATK, OURS)

    killed = run_counted(pod, PULL, kill_at=random.Random(kill).randint(20, 300))
    whole = run_counted(pod, PULL)

    assert killed.killed, "it ends sooner: kill it earlier"
    assert whole.code == 0, whole.output
    assert pod.path(STATE).read_text().split()[0] == "ready"
    assert command(pod, "star", "star", SLURMD_NODENAME="n").stdout == (
        "star of somebody else: --version\n"
    )


def test_the_module_of_an_image_loads_beside_those_that_are_mounted(pod, loop):
    mount_image(pod, "bio")
    running = loop()
    running.until("ready", "gatk")
    running.end()
    for name, text in pod_images.shell_files().items():
        pod.put(f"/etc/profile.d/{name}", text)

    pod.run("rm", "-r", "/opt/petal/src")
    shown = pod.run("sh", "-c", ". /etc/profile.d/zz-petal-software.sh; echo $MODULEPATH")

    assert shown.stdout == "/opt/petal/bio/modules:/petal/containers/gatk/modules\n"
