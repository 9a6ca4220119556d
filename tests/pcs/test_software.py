"""What pods show of software, and the pod that provides it."""

from __future__ import annotations

import dataclasses
import json

import pytest

from petal_constructs.platforms import platform
from petal_constructs.platforms.pcs.charts.images import images
from petal_constructs.platforms.pcs.charts.login import login
from petal_constructs.platforms.pcs.charts.node_sets import node_sets
from petal_constructs.platforms.pcs.manifests import everything
from petal_constructs.platforms.pcs.rendering import placeholders
from petal_constructs.platforms.pcs.software import NO_SOFTWARE
from petal_constructs.render.pod_images import SOFTWARE_FOLDER
from petal_constructs.seed.lock import Lock
from tests.pcs.judged import mistakes, only
from tests.pcs.plans import (
    BIO,
    BIO_DIGEST,
    PUSHED,
    REGISTRY,
    SOFTWARE,
    TENANTS,
    locked,
    plan_of,
    pushed_plan,
)

BIO_IMAGE = f"{REGISTRY}/soft/bio@{BIO_DIGEST}"
OLD = f"{SOFTWARE}eks: {{version: '1.35'}}\n"
AUTO = f"{SOFTWARE}eks: {{karpenter: auto-mode}}\n"


def pods(plan):
    """Name -> pod of what people and jobs are in, as the operator puts it together."""
    made = {"login": only(login(plan, plan.clusters[0], public=False), "LoginSet")["spec"]}
    for queue in plan.queues:
        for body in node_sets(plan, queue).objects:
            made[body["metadata"]["name"]] = body["spec"]
    return {
        name: {
            **spec["template"]["spec"],
            "containers": [{"name": "main", **spec.get("login", spec.get("slurmd", {}))}],
        }
        for name, spec in made.items()
    }


def mounted(pod):
    """Images of a pod's volumes, by the folder where it has them."""
    found = {v["name"]: v["image"]["reference"] for v in pod["volumes"] if "image" in v}
    mounts = pod["containers"][0]["volumeMounts"]
    return {m["mountPath"]: found[m["name"]] for m in mounts if m["name"] in found}


def provider(plan):
    return only(images(plan, plan.clusters[0]), "Deployment")["spec"]["template"]["spec"]


@pytest.mark.parametrize(
    ("pod", "shown"),
    [
        ("login", ["/opt/petal/bio", "/opt/petal/chem"]),
        ("all-cpu16", ["/opt/petal/bio", "/opt/petal/chem"]),
        ("all-cpu32", ["/opt/petal/bio", "/opt/petal/chem"]),
        ("arm-cpu16-arm", ["/opt/petal/bio"]),
        ("few-cpu16", ["/opt/petal/chem"]),
    ],
)
def test_a_pod_mounts_what_was_pushed_for_its_machine_and_its_queue_uses(pod, shown):
    assert sorted(mounted(pods(pushed_plan())[pod])) == shown


def test_an_image_for_arm_alone_is_not_on_the_login_node():
    lock = Lock({"soft/bio": locked("bio", BIO_DIGEST, "aarch64")})
    found = pods(pushed_plan(lock=lock))

    assert mounted(found["login"]) == {}
    assert mounted(found["arm-cpu16-arm"]) == {"/opt/petal/bio": BIO_IMAGE}


def test_images_are_named_by_their_digest_and_only_their_own_folder_is_shown():
    pod = pods(pushed_plan())["all-cpu16"]
    (volume,) = (v for v in pod["volumes"] if v.get("image", {}).get("reference") == BIO_IMAGE)
    (mount,) = (m for m in pod["containers"][0]["volumeMounts"] if m["name"] == volume["name"])

    assert volume["image"]["pullPolicy"] == "IfNotPresent"
    assert mount["mountPath"] == "/opt/petal/bio"
    assert mount["subPath"] == "opt/petal/bio"
    assert mount["readOnly"] is True
    assert "initContainers" not in pod


@pytest.mark.parametrize("text", [OLD, AUTO], ids=["before-1.36", "auto-mode"])
def test_where_the_kubelet_mounts_no_image_a_container_of_it_copies_the_folder(text):
    pod = pods(pushed_plan(text))["few-cpu16"]

    (copy,) = pod["initContainers"]
    (there,) = copy["volumeMounts"]
    (volume,) = (v for v in pod["volumes"] if v["name"] == there["name"])
    (here,) = (m for m in pod["containers"][0]["volumeMounts"] if m["name"] == there["name"])
    assert copy["image"].startswith(f"{REGISTRY}/soft/chem@sha256:")
    assert copy["command"][-2:] == ["/opt/petal/chem/.", there["mountPath"]]
    assert volume["emptyDir"] == {}
    assert (here["mountPath"], here.get("subPath"), here["readOnly"]) == (
        "/opt/petal/chem",
        None,
        True,
    )
    assert mounted(pod) == {}


@pytest.mark.parametrize("text", [SOFTWARE, OLD], ids=["volumes", "copies"])
def test_the_api_server_takes_every_object_and_every_pod_that_comes_of_them(text):
    plan = pushed_plan(text)
    made = everything(plan, placeholders(plan))

    assert mistakes(*made) == []
    (chart,) = (chart for chart in made if chart.name.endswith("-images"))
    for name, pod in pods(plan).items():
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": pod}
        assert mistakes(dataclasses.replace(chart, objects=[body])) == []


@pytest.mark.parametrize("text", [SOFTWARE, OLD], ids=["volumes", "copies"])
def test_each_volume_is_mounted_and_each_mount_has_its_volume(text):
    plan = pushed_plan(text)
    for pod in [*pods(plan).values(), provider(plan)]:
        containers = [*pod["containers"], *pod.get("initContainers", [])]
        volumes = [volume["name"] for volume in pod["volumes"]]
        mounts = [m["name"] for container in containers for m in container["volumeMounts"]]
        for container in containers:
            places = [m["mountPath"] for m in container["volumeMounts"]]
            assert len(set(places)) == len(places)
        assert sorted(volumes) == sorted(set(mounts))


def test_shared_software_is_read_only_for_people_and_jobs_and_each_namespace_has_its_own():
    text = TENANTS + 'software: {containers: [{name: r, image: "quay.io/a/r:4", modules: [r]}]}\n'
    plan = plan_of(text)
    folders = []
    for cluster in plan.clusters:
        chart = images(plan, cluster)
        spec = only(chart, "Deployment")["spec"]["template"]["spec"]
        (mine,) = (
            m for m in spec["containers"][0]["volumeMounts"] if m["mountPath"] == SOFTWARE_FOLDER
        )
        shown = only(login(plan, cluster, public=False), "LoginSet")["spec"]["login"]
        (theirs,) = (m for m in shown["volumeMounts"] if m["mountPath"] == SOFTWARE_FOLDER)
        assert (mine["readOnly"], theirs["readOnly"]) == (False, True)
        assert mine["subPath"] == theirs["subPath"]
        folders.append(mine["subPath"])
    assert folders == [".petal/hpc/hpc-jobs", ".petal/hpc/hpc-pharma"]


def test_without_images_nothing_of_any_manifest_changes():
    waiting = f"{BIO}software: {{spack_packages: [samtools]}}\n"
    by_hand = f'{BIO}software: {{containers: [{{name: r, image: "quay.io/a/r:4"}}]}}\n'
    plain = [chart.objects for chart in everything(plan_of(BIO), placeholders(plan_of(BIO)))]
    for text in (waiting, by_hand):
        plan = plan_of(text)
        assert plan.software != NO_SOFTWARE
        assert [chart.objects for chart in everything(plan, placeholders(plan))] == plain


def test_an_image_that_goes_takes_its_volumes_and_nothing_else_of_pods():
    before = pods(pushed_plan())
    after = pods(pushed_plan(lock=Lock({"soft/chem": PUSHED.images["soft/chem"]})))

    for name, pod in before.items():
        gone = [v for v in pod["volumes"] if v.get("image", {}).get("reference") == BIO_IMAGE]
        lost = {volume["name"] for volume in gone}
        pod["volumes"] = [v for v in pod["volumes"] if v["name"] not in lost]
        main = pod["containers"][0]
        main["volumeMounts"] = [m for m in main["volumeMounts"] if m["name"] not in lost]
        assert pod == after[name]


def test_a_new_digest_changes_the_reference_alone():
    newer = Lock({**PUSHED.images, "soft/bio": locked("bio", f"sha256:{'3' * 64}", "x86_64")})
    lock = Lock({**PUSHED.images, "soft/bio": locked("bio", BIO_DIGEST, "x86_64")})
    old, new = (json.dumps(pods(pushed_plan(lock=each))) for each in (lock, newer))

    assert old != new
    assert old.replace(BIO_DIGEST, f"sha256:{'3' * 64}") == new


def test_the_plan_says_how_pods_get_each_image():
    plan = pushed_plan()
    (table,) = (t for t in platform("pcs").tables(plan) if t.title == "software")

    assert dict(row[:2] for row in table.rows) == {
        "bio": "mounted at /opt/petal/bio on aarch64 and x86_64",
        "chem": "mounted at /opt/petal/chem on x86_64",
        "gatk": "jobs run it by Apptainer, from a file on shared storage",
        "lab": "jobs run it by Apptainer, from a file on shared storage",
        "late": "left aside until petal build-container and petal push-container are done",
        "plain": "no modules: jobs start it by srun --container-image",
    }
    assert {row[0]: row[2] for row in table.rows}["bio"] == "all, arm"


def test_packages_alone_become_one_image():
    plan = plan_of(f"{BIO}software: {{spack_packages: [samtools, bwa]}}\n")
    (table,) = (t for t in platform("pcs").tables(plan) if t.title == "software")

    assert [row[0] for row in table.rows] == ["software"]
    assert plan.software.waiting == ("software",)
