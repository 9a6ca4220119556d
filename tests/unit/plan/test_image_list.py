"""What plans say of images, and of the repositories that wait for them."""

from __future__ import annotations

from petal_constructs.plan.image_list import image_tables
from petal_constructs.planning import plan_seed
from petal_constructs.seed.lock import Lock, Locked
from tests.unit.seed.seeds import read

DIGEST = "sha256:" + "a1" * 32
SEED = """
cluster: {name: Lab, region: us-east-1}
compute:
  head_node: t3.xlarge
  queues: [{name: plain, instance_types: [m7i.4xlarge]}]
network: {key_name: lab, ssh_from: [192.0.2.0/24]}
software:
"""
CONTAINERS = """
  containers:
    - {name: bio, packages: [samtools@1.17, bwa]}
    - {name: chem, image: "lab/chem:v1", packages: [gromacs]}
    - {name: gatk, image: "docker.io/broad/gatk:4.3.0.0", modules: [gatk]}
"""


def tables(software, lock=None):
    seed = read(SEED + software).unwrap()
    return image_tables(plan_seed(seed.with_lock(lock or Lock())).image_list)


def test_a_plan_lists_every_image_also_those_that_wait():
    images, _ = tables(CONTAINERS)

    assert images.rows == (
        ("bio", "nowhere yet", "not pushed yet", "samtools/1.17, bwa", "unknown"),
        ("chem", "nowhere yet", "not pushed yet", "gromacs", "unknown"),
        (
            "gatk",
            "docker.io/broad/gatk:4.3.0.0",
            "the tag's, when it is pulled",
            "gatk/4.3.0.0",
            "unknown",
        ),
    )


def test_an_image_that_was_pushed_is_listed_with_its_digest():
    pushed = Locked("example.org/bio", DIGEST, "2026-11-23T10:11:12Z", ("bwa",), {})

    images, _ = tables(CONTAINERS, Lock({"Lab/bio": pushed}))

    assert images.rows[0][1:3] == ("example.org/bio", DIGEST)


def test_a_tag_that_no_push_makes_is_not_told():
    images, _ = tables("""
  containers:
    - {name: bio, image: example.org/lab/bio, packages: [bwa]}
    - {name: gatk, image: example.org/lab/gatk, modules: [gatk]}
""")

    assert [row[1] for row in images.rows] == ["example.org/lab/bio", "example.org/lab/gatk:latest"]


def test_the_registry_has_a_repository_for_each_image_that_goes_there():
    _, registry = tables(CONTAINERS)

    assert registry.rows == (("lab/bio", "bio", "x86_64"),)


def test_packages_that_spack_installs_are_in_no_image():
    assert [table.rows for table in tables("  spack_packages: [bwa]")] == [(), ()]
