"""Passwords of Amazon ECR for the pod petal-images, with a stand-in for the AWS CLI."""

from __future__ import annotations

import os
import stat
import time

import pytest

from petal_constructs.plan.pulled_images import PulledImage
from tests.containers.pods import Running, receive
from tests.node.conftest import new_node
from tests.scaler.real_slurm import until

__all__ = ["new_node"]

FOLDER = "/run/petal/ecr"
AWS = """\
#!/bin/sh
echo "$*" >> /var/standin/aws.log
[ ! -e /var/standin/refused ] || { echo AccessDenied >&2; exit 254; }
echo "secret of $4, $(grep -c "$4" /var/standin/aws.log)"
"""


def image(name, registry):
    return PulledImage(name, f"{registry}/{name}:1", None, None, ())


def ecr(account, region, end="com"):
    return f"{account}.dkr.ecr.{region}.amazonaws.{end}"


OWN = image("own", ecr("123456789012", "eu-west-1"))
THEIRS = image("theirs", ecr("210987654321", "eu-west-1"))
FAR = image("far", ecr("123456789012", "cn-north-1", "com.cn"))
PUBLIC = image("public", "docker.io/broad")
FAKE = image("fake", "123456789012.dkr.ecr.eu-west-2.amazonaws.com.example.org")


class Loop(Running):
    def __init__(self, node):
        # neither is in the image of the AWS CLI
        for tool in ("awk", "find"):
            node.put(f"/usr/local/bin/{tool}", "#!/bin/sh\nexit 127\n", 0o755)
        node.put("/usr/local/bin/aws", AWS, 0o755)
        node.put(f"{FOLDER}/.keep", "")
        super().__init__(node, "ecr.sh")

    def password(self, region):
        file = self.inside(f"{FOLDER}/{region}")
        until(file.exists, f"the password of {region}")
        return file


@pytest.fixture
def loop(new_node):
    loops = []

    def start(*images, refused=False):
        node = new_node("images")
        receive(node, *images)
        if refused:
            node.put("/var/standin/refused", "")
        loops.append(Loop(node))
        return loops[-1]

    yield start
    for each in loops:
        each.kill()


def test_each_region_has_one_password_that_root_alone_reads_and_no_log_shows(loop):
    running = loop(OWN, THEIRS, FAR, PUBLIC, FAKE)

    texts = {name: running.password(name).read_text() for name in ("eu-west-1", "cn-north-1")}
    modes = {stat.S_IMODE(running.password(name).stat().st_mode) for name in texts}
    names = {file.name for file in running.inside(FOLDER).iterdir()}
    time.sleep(0.5)
    code, seconds, said = running.end()

    assert texts == {
        "eu-west-1": "secret of eu-west-1, 1\n",
        "cn-north-1": "secret of cn-north-1, 1\n",
    }
    assert modes == {0o600}
    assert names - {".new"} == {"eu-west-1", "cn-north-1", ".keep"}
    assert (code, seconds < 2, said) == (0, True, "")


def test_a_password_is_renewed_after_six_hours_and_not_before(loop):
    running = loop(OWN)
    password = running.password("eu-west-1")

    def age(hours):
        past = time.time() - hours * 3600
        os.utime(password, (past, past))

    age(5.9)
    time.sleep(0.5)
    assert password.read_text().endswith(", 1\n")
    age(6.1)
    until(lambda: password.read_text().endswith(", 2\n"), "it is renewed")


def test_a_refusal_is_said_and_tried_again_and_the_older_password_stays(loop):
    running = loop(OWN)
    password = running.password("eu-west-1")
    running.inside("/var/standin/refused").touch()
    past = time.time() - 7 * 3600
    os.utime(password, (past, past))
    time.sleep(0.5)
    assert password.read_text() == "secret of eu-west-1, 1\n"

    running.inside("/var/standin/refused").unlink()

    until(lambda: password.stat().st_mtime > past + 60, "it is renewed")
    _, _, said = running.end()
    assert "AccessDenied\npetal: no password for Amazon ECR in eu-west-1" in said
    assert "secret" not in said


def test_images_that_come_later_get_theirs(loop):
    running = loop(PUBLIC)
    table = running.inside("/opt/petal/src/data/containers/images.tsv")

    table.write_text(f"own\t{OWN.reference}\t-\t-\n")

    running.password("eu-west-1")


def test_it_ends_at_once_while_the_cli_hangs(loop):
    running = loop()
    running.inside("/usr/local/bin/aws").write_text("#!/bin/sh\nsleep 600\n")
    table = running.inside("/opt/petal/src/data/containers/images.tsv")
    table.write_text(f"own\t{OWN.reference}\t-\t-\n")
    time.sleep(0.5)

    code, seconds, _ = running.end()

    assert (code, seconds < 2) == (0, True)
