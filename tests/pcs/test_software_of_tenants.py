"""Which images a dedicated tenant's Slurm has."""

from __future__ import annotations

import pytest

from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.manifests import everything
from petal_constructs.platforms.pcs.rendering import placeholders
from petal_constructs.seed.lock import Lock
from tests.pcs.plans import BIO_DIGEST, TENANTS, locked, pushed_plan

PLAIN = TENANTS.replace("{name: hpc", "{name: soft")
SEED = PLAIN.replace("max_count: 4}", "max_count: 4, containers: [bio]}")
SOFTWARE = """\
software:
  containers:
    - {name: bio, packages: [samtools@1.17]}
    - {name: r, image: "210987654321.dkr.ecr.eu-west-1.amazonaws.com/lab/r:4", modules: [r]}
"""
PUSHED = Lock({"soft/bio": locked("bio", BIO_DIGEST, "x86_64")})
ONLY_R = SEED.replace("max_count: 20}", "max_count: 20, containers: [r]}")


def plan(text, lock=PUSHED):
    return pushed_plan(text + SOFTWARE, lock)


def objects(plan, namespace, kind):
    return [
        body
        for chart in everything(plan, placeholders(plan))
        for body in chart.objects
        if body["kind"] == kind and body["metadata"].get("namespace") == namespace
    ]


def login_mounts(plan, namespace):
    (login,) = objects(plan, namespace, "LoginSet")
    return {mount["mountPath"] for mount in login["spec"]["login"]["volumeMounts"]}


def table(plan, namespace, name):
    (found,) = (
        body["data"]
        for body in objects(plan, namespace, "ConfigMap")
        if body["metadata"]["name"] == name
    )
    return found


def test_images_of_other_tenants_are_neither_mounted_nor_pulled_nor_named():
    made = plan(ONLY_R)

    assert "/opt/petal/bio" in login_mounts(made, "hpc-pharma")
    assert "/opt/petal/bio" not in login_mounts(made, "hpc-jobs")
    pulled = "data__containers__images.tsv"
    assert table(made, "hpc-pharma", names.IMAGE_TABLES)[pulled] == ""
    assert table(made, "hpc-jobs", names.IMAGE_TABLES)[pulled].startswith("r\t")
    for namespace in ("hpc-jobs", "hpc-pharma"):
        shown = table(made, namespace, names.QUEUE_FILES).get("images.tsv", "")
        assert not ("secret" in shown and "compute" in shown)


def test_what_an_open_queue_uses_is_everybodys_who_has_such_a_queue():
    made = plan(SEED)

    assert "/opt/petal/bio" in login_mounts(made, "hpc-jobs")
    assert "/opt/petal/bio" in login_mounts(made, "hpc-pharma")


@pytest.mark.parametrize("kind", ["LoginSet", "NodeSet", "NetworkPolicy", "Deployment"])
def test_a_tenant_whose_images_wait_has_no_part_of_them_anywhere(kind):
    made = plan(ONLY_R, Lock())
    without = pushed_plan(PLAIN, Lock())

    assert objects(made, "hpc-pharma", kind) == objects(without, "hpc-pharma", kind)
    assert objects(made, "hpc-jobs", kind) != objects(without, "hpc-jobs", kind)
