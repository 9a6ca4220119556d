"""The pulling of images, killed at random points with all that it started, and run again."""

from __future__ import annotations

import dataclasses
import random

import pytest

from tests.node.interrupt import run
from tests.node.test_containers import BIO, ECR, GATK, ready_head, receive, registry, shell, step
from tests.node.test_interruptions import KILLS

__all__ = ["ready_head"]

PULL = ("bash", "/opt/petal/src/containers-pull.sh")
DIGEST = "sha256:" + "b2" * 32
NEWER = dataclasses.replace(BIO, reference=f"{ECR}@{DIGEST}", digest=DIGEST)
LOAD = "module load samtools/1.17 && samtools args ok"


@pytest.fixture
def changing(ready_head):
    """A head node with an image of yesterday, and the tables of today."""
    receive(ready_head, BIO)
    step(ready_head)
    registry(ready_head, BIO).rename(registry(ready_head, NEWER))
    receive(ready_head, NEWER, GATK)
    return ready_head


def conf(node):
    return node.path("/petal/containers/bio/image.conf").read_text()


@pytest.mark.parametrize("kill", range(KILLS))
def test_whenever_it_is_killed_commands_work_and_the_next_run_ends_it(changing, kill):
    at = random.Random(kill).randint(1, 150)

    killed = run(changing, PULL, kill_at=at)
    between = conf(changing)
    whole = run(changing, PULL)

    assert killed.killed, "it ends sooner: kill it earlier"
    assert "\nimage=/petal/containers/_images/bio-" in between
    assert between.endswith("\nroot=/opt/petal/bio\n")
    assert whole.code == 0, whole.output
    assert "bio-b2b2b2b2b2b2.sif" in conf(changing)
    assert shell(changing, f"{LOAD}; module load gatk && gatk").stdout.splitlines() == [
        "<ok>",
        "gatk of somebody else:",
    ]
    images = changing.path("/petal/containers/_images").iterdir()
    assert not [image for image in images if image.suffix == ".part"]


@pytest.mark.parametrize("kill", range(KILLS))
def test_what_was_ready_works_all_the_time(changing, kill):
    registry(changing, NEWER).rename(registry(changing, BIO))
    receive(changing, BIO, GATK)

    run(changing, PULL, kill_at=random.Random(kill).randint(1, 150))

    ran = shell(changing, LOAD)
    assert (ran.returncode, ran.stdout) == (0, "<ok>\n"), ran.stderr
