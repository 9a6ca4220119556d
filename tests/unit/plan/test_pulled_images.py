"""Which images a cluster of nodes fetches, what is loaded from them, and by which rights."""

from __future__ import annotations

import dataclasses

import pytest

from petal_constructs.plan.images import Image
from petal_constructs.plan.pulled_images import pull_statements, pulled_images, split
from petal_constructs.planning import check_seed, plan_seed
from petal_constructs.platforms.parallelcluster.changes import effects
from petal_constructs.platforms.parallelcluster.rendering import files, node_files
from petal_constructs.render import node
from petal_constructs.seed.lock import Lock, Locked
from petal_constructs.seed.spack_spec import parse
from tests.unit.seed.seeds import read

DIGEST = "sha256:" + "a1" * 32
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
SEED = """
cluster: {{name: lab, region: us-east-1}}
compute:
  head_node: t3.xlarge
  queues: [{{name: plain, instance_types: [m7i.4xlarge]}}]
users: [{{name: ada, uid: 5001, gid: 5001}}]
network: {{key_name: lab, ssh_from: [192.0.2.0/24]}}
data:
  s3_mounts: [{{bucket: lab, mount_point: /data/lab}}]
  shared: [{{name: work, type: efs, mount_point: /work}}]
software:
  {software}
"""
IMAGES = f"""containers:
    - {{name: bio, image: "{ECR}/lab/bio:v1", packages: [samtools@1.17, bwa]}}
    - {{name: gatk, image: "docker.io/broad/gatk:4.3.0.0", modules: [gatk]}}
    - {{name: star, packages: [star]}}"""


def seed(software):
    return read(SEED.format(software=software)).unwrap()


def plan(software=IMAGES):
    return plan_seed(seed(software))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ubuntu", ("ubuntu", "latest", None)),
        ("ubuntu:22.04", ("ubuntu", "22.04", None)),
        ("localhost:5000/a/b", ("localhost:5000/a/b", "latest", None)),
        ("localhost:5000/a/b:v1", ("localhost:5000/a/b", "v1", None)),
        (f"quay.io/a/b@{DIGEST}", ("quay.io/a/b", "latest", DIGEST)),
        (f"quay.io/a/b:v1@{DIGEST}", ("quay.io/a/b", "v1", DIGEST)),
    ],
)
def test_a_reference_is_taken_apart(text, parts):
    assert split(text) == parts


def test_images_with_a_place_in_a_registry_are_pulled_and_others_are_not():
    bio, gatk = plan().images

    assert (bio.name, bio.root, bio.modules) == (
        "bio",
        "/opt/petal/bio",
        (("samtools", "1.17"), ("bwa", None)),
    )
    assert (gatk.name, gatk.root, gatk.modules) == ("gatk", None, (("gatk", "4.3.0.0"),))


def test_a_module_of_a_digest_has_its_first_digits_for_a_version():
    image = Image("x", f"quay.io/a/b:v1@{DIGEST}", (), ("b", "c/2"), None, ())

    (pulled,) = pulled_images([image])

    assert pulled.reference == f"quay.io/a/b@{DIGEST}"
    assert pulled.modules == (("b", "a1a1a1a1a1a1"), ("c", "2"))


def test_a_name_without_a_registry_is_asked_of_none_until_petal_has_pushed_it():
    unpushed = Image("bio", "lab/bio:v1", (parse("bwa"),), ("bwa",), None, ())
    foreign = Image("gatk", "broadinstitute/gatk:4.3", (), ("gatk",), None, ())

    assert pulled_images([unpushed]) == ()
    assert unpushed.waits
    assert [image.reference for image in pulled_images([foreign])] == [foreign.reference]


def test_what_was_pushed_is_pulled_by_its_digest():
    pushed = Locked(f"{ECR}/lab/bio", DIGEST, "2026-11-23T10:11:12Z", ("bwa",), {"x86_64": DIGEST})
    image = Image("bio", None, (parse("bwa"),), ("bwa",), None, (), locked=pushed)

    (pulled,) = pulled_images([image])

    assert (pulled.reference, pulled.digest) == (pushed.reference, DIGEST)


def test_packages_that_are_in_no_container_are_not_looked_for_in_one():
    assert plan("spack_packages: [samtools@1.17]").images == ()


def test_what_is_left_aside_is_said():
    said = [p for p in check_seed(seed(IMAGES)) if p.code == "P319"]

    assert [p.path for p in said] == ["software.containers[2]"]
    assert {p.level for p in said} == {"warning"}


def test_only_clusters_with_images_have_scripts_for_them_and_none_asks_for_a_boot():
    without, with_images = node_files(plan("spack_packages: []")), node_files(plan())

    assert not any("containers" in key or key.startswith("exec/") for key in without)
    assert {"steps/50-containers.sh", "exec/petal-exec"} <= set(with_images)
    changed = {key for key in without if without[key] != with_images[key]}
    assert changed == {"manifest.sha256"}
    assert node.boot_hash() in files(plan())["cluster-config.yaml"]


def test_tables_say_what_is_pulled_and_what_programs_see():
    texts = node_files(plan())

    assert texts["data/containers/images.tsv"] == (
        f"bio\t{ECR}/lab/bio:v1\t-\t/opt/petal/bio\ngatk\tdocker.io/broad/gatk:4.3.0.0\t-\t-\n"
    )
    assert texts["data/containers/modules.tsv"] == (
        "bio\tsamtools\t1.17\nbio\tbwa\t-\ngatk\tgatk\t4.3.0.0\n"
    )
    assert texts["data/containers/binds.tsv"].split() == [
        "/home", "/petal", "/scratch", "/work", "/data/lab",
    ]  # fmt: skip


def test_rights_are_for_repositories_of_ecr_and_no_others():
    login, pull = pull_statements(plan().images, "aws")

    assert login["Action"] == ["ecr:GetAuthorizationToken"]
    assert pull["Resource"] == ["arn:aws:ecr:eu-west-1:123456789012:repository/lab/bio"]
    assert pull_statements(plan().images[1:], "aws") == []


def test_the_first_pull_through_a_cache_of_the_registry_makes_the_repository_and_no_other():
    image = f'"{ECR}/lab/public/bio/tools:v1"'
    software = f"containers: [{{name: tools, image: {image}, modules: [tools]}}]"
    cached = plan(software + "\nregistry: {public_cache: true}")

    *_, first_pull = pull_statements(cached.images, "aws")

    assert first_pull["Action"] == ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]
    assert first_pull["Resource"] == [
        "arn:aws:ecr:eu-west-1:123456789012:repository/lab/public/bio/tools"
    ]
    assert len(pull_statements(plan(software).images, "aws")) == 2


def test_an_image_of_packages_is_pulled_from_where_it_was_pushed():
    star = Locked(f"{ECR}/lab/star", DIGEST, "2026-11-23T10:11:12Z", ("star",), {"x86_64": DIGEST})

    pushed = seed(IMAGES).with_lock(Lock({"lab/star": star}))

    assert plan_seed(pushed).images[-1].reference == f"{ECR}/lab/star@{DIGEST}"
    assert "P319" not in {problem.code for problem in check_seed(pushed)}


def test_images_change_while_jobs_run():
    old = plan()
    new = dataclasses.replace(old, images=old.images[:1])

    (effect,) = effects(old, new)

    assert effect.why == "nodes fetch it within about five minutes; nothing drains"
