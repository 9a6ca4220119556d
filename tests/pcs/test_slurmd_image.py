"""Queues whose pods run an image of petal's in place of Slurm's own."""

from __future__ import annotations

import pytest

from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.plan.images import images
from petal_constructs.platforms import platform
from petal_constructs.platforms.pcs.software_tables import software_tables
from petal_constructs.platforms.pcs.values import PLATFORM
from petal_constructs.render.build_context import build_context, recipe
from petal_constructs.seed import load, source
from petal_constructs.seed.lock import Lock, Locked
from tests.pcs.plans import REGISTRY, pushed_plan
from tests.pcs.test_software import pods

SEED = """\
cluster: {name: soft, region: us-east-1, platform: pcs}
compute:
  queues:
    - {name: plain, instance_types: [c7i.4xlarge], max_count: 2}
    - {name: own, instance_types: [c7i.4xlarge], max_count: 2, slurmd_image: tools}
    - {name: arm, instance_types: [c7g.4xlarge], max_count: 2, slurmd_image: tools}
software:
  containers:
    - {name: tools, packages: [samtools@1.17]}
    - {name: bio, packages: [bwa]}
"""
STOCK = FACTS.images.slurmd
DIGEST = f"sha256:{'3' * 64}"
TOOLS = f"{REGISTRY}/soft/tools@{DIGEST}"


def lock(*packages):
    machines = {"x86_64": DIGEST}
    pushed = Locked(f"{REGISTRY}/soft/tools", DIGEST, "2026-11-23T10:11:12Z", packages, machines)
    return Lock({"soft/tools": pushed})


def image():
    decoded = source.decode("seed.yaml", SEED.encode())
    seed = load.inspect_source(decoded, environment={}).unwrap()
    return next(each for each in images(seed, PLATFORM) if each.name == "tools")


PUSHED = lock(*image().made_of)


def slurmd(plan):
    """What the pods of each queue run."""
    found = {name: pod["containers"][0]["image"] for name, pod in pods(plan).items()}
    return {name.partition("-")[0]: ref for name, ref in found.items() if name != "login"}


def test_pods_of_the_queue_run_it_once_it_is_pushed():
    assert slurmd(pushed_plan(SEED, PUSHED)) == {
        "plain": STOCK,
        "own": TOOLS,
        "arm": STOCK,  # nobody pushed it for that machine
    }


def problems(text, lock):
    decoded = source.decode("seed.yaml", text.encode())
    seed = load.inspect_source(decoded, environment={}).unwrap()
    return platform(PLATFORM).check(seed.with_lock(lock))


def test_a_queue_that_is_switched_off_for_a_while_changes_nothing_elsewhere():
    off = SEED.replace("max_count: 2, slurmd", "max_count: 0, slurmd")
    before, after = (pods(pushed_plan(text, PUSHED)) for text in (SEED, off))

    assert set(after) == {"login", "plain-cpu16"}
    assert after == {name: before[name] for name in after}


def test_a_machine_that_it_was_not_pushed_for_is_told():
    (told,) = (p for p in problems(SEED, PUSHED) if p.code == "P425")

    assert told.path == "compute.queues[2]"
    assert told.message == "jobs of arm run on aarch64, but tools was pushed for x86_64 alone"


def test_its_queue_may_name_it_among_its_containers():
    named = SEED.replace("slurmd_image: tools}", "slurmd_image: tools, containers: [tools]}")

    assert [p for p in problems(named, PUSHED) if p.level == "error"] == []
    assert pushed_plan(named, PUSHED).software.shown == (("plain", ()),)


def test_a_queue_that_would_have_to_mount_it_is_refused():
    wanted = SEED.replace("max_count: 2}", "max_count: 2, containers: [tools]}")
    (first, _) = (p for p in problems(wanted, PUSHED) if p.level == "error")

    assert (first.code, first.path) == ("P428", "compute.queues[1].slurmd_image")
    assert first.message == "tools cannot be mounted too, as containers of plain ask"


def test_until_then_pods_run_slurms_own_and_the_plan_says_so():
    plan = pushed_plan(SEED, Lock())

    assert set(slurmd(plan).values()) == {STOCK}
    assert "tools" in plan.software.waiting


@pytest.mark.parametrize("packages", [("samtools@1.17",), ("samtools@1.17", "on ghcr.io/old:1")])
def test_what_was_pushed_without_this_slurmd_never_runs_as_one(packages):
    plan = pushed_plan(SEED, lock(*packages))

    assert set(slurmd(plan).values()) == {STOCK}
    assert "tools" in plan.software.waiting


def test_it_is_part_of_its_pods_and_mounted_into_none():
    plan = pushed_plan(SEED, PUSHED)

    for pod in pods(plan).values():
        mounts = [mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]]
        assert "/opt/petal/tools" not in mounts
        assert "/petal" in mounts  # where Lmod is


def test_only_jobs_of_its_queues_see_its_modules():
    software = pushed_plan(SEED, PUSHED).software

    assert software.shown == (("plain", ()),)
    assert software.trees == {"tools": "/opt/petal/tools"}


def test_the_plan_lists_it():
    rows = software_tables(pushed_plan(SEED, PUSHED))[-1].rows

    assert ("tools", "pods of the queue run it as slurmd on x86_64", "own") in rows


def test_it_is_built_for_its_queues_on_slurms_own_image_whose_entrypoint_it_keeps():
    made = recipe(image(), base="ubuntu-24.04")
    dockerfile = build_context(made)["Dockerfile"]

    assert made.base == STOCK
    assert f"ARG BASE={STOCK}\n" in dockerfile
    assert "ENTRYPOINT" not in dockerfile
    assert "CMD" not in dockerfile
    assert [machine for machine, _ in image().targets] == ["x86_64", "aarch64"]


def test_other_images_start_as_before():
    decoded = source.decode("seed.yaml", SEED.encode())
    seed = load.inspect_source(decoded, environment={}).unwrap()
    bio = next(each for each in images(seed, PLATFORM) if each.name == "bio")

    assert bio.made_of == ("bwa",)
    assert "ENTRYPOINT" in build_context(recipe(bio))["Dockerfile"]
