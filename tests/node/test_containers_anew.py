"""When images are pulled anew: full disks, lists and programs that change."""

from __future__ import annotations

import os
import time

from tests.node.test_containers import (
    BIO,
    GATK,
    STATE,
    log,
    pulls,
    ready_head,
    receive,
    shell,
    step,
)

__all__ = ["ready_head"]


def test_a_pull_that_fills_the_disk_leaves_nothing_on_it(ready_head):
    ready_head.put("/var/standin/full", "")
    receive(ready_head, BIO)

    step(ready_head)

    assert "no space left on device" in log(ready_head)
    assert list(ready_head.path("/petal/containers/_images").iterdir()) == []


def test_a_list_that_comes_while_images_are_pulled_is_due_after_it(ready_head):
    receive(ready_head, BIO, GATK)
    data = ready_head.path("/opt/petal/src/data/containers")
    for name in ("images.tsv", "modules.tsv"):
        ready_head.put(f"/var/standin/{name}", (data / name).read_text())
    receive(ready_head, BIO)
    meanwhile = "cp /var/standin/*.tsv /var/new; mv -f /var/new/* /opt/petal/src/data/containers"
    aws = f"#!/bin/sh\nmkdir /var/new; {meanwhile}\necho secret-token\n"
    ready_head.put("/usr/local/bin/aws", aws, 0o755)
    step(ready_head)
    assert len(pulls(ready_head)) == 1

    step(ready_head)

    assert shell(ready_head, "module load gatk/4.3; gatk").returncode == 0, log(ready_head)


def test_programs_of_a_newer_petal_replace_the_older_ones(ready_head):
    receive(ready_head, BIO)
    step(ready_head)
    newer = ready_head.path("/opt/petal/src/exec/petal-exec")
    newer.write_text(newer.read_text() + "# newer\n")

    step(ready_head)

    assert ready_head.path("/petal/containers/_petal/petal-exec").read_text().endswith("# newer\n")
    assert len(pulls(ready_head)) == 1


def test_an_image_whose_mark_found_no_room_is_tried_again(ready_head):
    receive(ready_head, BIO)
    mark = ready_head.path("/petal/containers/bio/ready.new")
    mark.parent.mkdir(parents=True)
    mark.symlink_to("/dev/full")

    step(ready_head)

    assert ready_head.path(STATE).read_text().split()[0] == "failed"
    mark.unlink()
    past = time.time() - 3700
    os.utime(ready_head.path(STATE), (past, past))
    step(ready_head)
    assert shell(ready_head, "module load samtools/1.17; samtools where").returncode == 0
