"""Packages and containers, today's keys and older ones."""

from __future__ import annotations

import pytest

from petal_constructs.convert.header import split
from petal_constructs.errors import UsageError
from tests.convert.seeds import HEAD, PLAIN, converted, read

PACKAGES = {
    "lines": """\
software:
  # what people use
  spack_packages:  # built once
    - bwa  # one
    # two
    - "hdf5@1.14 +mpi ^openmpi@4.1"
  compiler: gcc@13
""",
    "brackets": "software: {spack_packages: [bwa, samtools@1.17]}\n",
    "brackets on a line": "software:\n  spack_packages: [bwa, samtools@1.17]\n",
    "JSON": '"software": {"spack_packages": ["bwa"]}\n',
}


@pytest.mark.parametrize("section", PACKAGES.values(), ids=PACKAGES)
def test_packages_become_a_container_and_come_back(section):
    there = converted(PLAIN + section, "parallelcluster", software="containers").text
    back = converted(there, "parallelcluster", software="packages").text

    (container,) = read(there).seed.software.containers
    assert container.name == "software"
    assert container.packages == read(PLAIN + section).seed.software.spack_packages
    assert read(there).seed.software.spack_packages == ()
    assert split(back)[1] == PLAIN + section


def test_packages_stay_packages_where_nobody_asks():
    text = converted(PLAIN + PACKAGES["lines"], "pcs").text

    assert PACKAGES["lines"] in text


MANY = f"""\
{HEAD}  platform: pcs
compute:
  queues:
    - name: compute
      instance_types: [c5.4xlarge]
      containers: [bio, tools]
software:
  spack_packages:
    - bwa@0.7.17
  containers:
    # biology
    - name: bio
      packages: [samtools, "hdf5@1.14 +mpi", bwa@0.7.17]
      modules: [samtools/1.17]
    - name: tools
      image: quay.io/lab/tools:1
"""


def test_packages_of_several_containers_are_listed_once_and_what_is_lost_is_said():
    found = converted(MANY, "pcs", software="packages")

    software = read(found.text).seed.software
    assert software.spack_packages == ("bwa@0.7.17", "samtools", "hdf5@1.14 +mpi")
    assert [container.name for container in software.containers] == ["tools"]
    assert read(found.text).seed.compute.queues[0].containers == ("tools",)
    said = {(row.kind, row.path) for row in found.report.rows}
    assert ("lost", "software.containers[0]", "its modules") in {
        (row.kind, row.path, row.what) for row in found.report.rows
    }
    assert ("note", "software.containers[1]") in said


def test_packages_keep_the_order_of_their_containers():
    text = MANY.replace("image: quay.io/lab/tools:1", "packages: [bwa@0.7.17, zlib, samtools]")
    text = text.replace("  spack_packages:\n    - bwa@0.7.17\n", "")

    software = read(converted(text, "pcs", software="packages").text).seed.software
    assert software.spack_packages == ("samtools", "hdf5@1.14 +mpi", "bwa@0.7.17", "zlib")


REMARKS = """\
software:
  # what people asked for
  spack_packages:
    # aligner
    - bwa  # fast
    - "samtools@1.17 ~x"
  containers:
    - name: tools  # of the lab
      image: quay.io/lab/tools:1
    # ours
    - name: own
      packages: [zlib]  # small
"""


@pytest.mark.parametrize(
    ("software", "where", "comments"),
    [
        ("containers", "software.spack_packages", "# what people asked for # aligner # fast"),
        ("packages", "software.containers[1]", "# ours # small"),
    ],
)
def test_comments_that_have_no_place_are_said_to_be_lost(software, where, comments):
    found = converted(PLAIN + REMARKS, "pcs", software=software)

    assert ("lost", where, f"comments: {comments}") in {
        (row.kind, row.path, row.what) for row in found.report.rows
    }
    assert "image: quay.io/lab/tools:1" in found.text
    assert "# of the lab" in found.text


def test_packages_beside_containers_become_one_more():
    seed = read(converted(MANY, "pcs", software="containers").text).seed

    assert [c.name for c in seed.software.containers] == ["bio", "tools", "software"]
    assert seed.software.containers[2].packages == ("bwa@0.7.17",)


def test_the_name_of_the_new_container_is_taken_by_no_other():
    text = MANY.replace("bio", "software")

    seed = read(converted(text, "pcs", software="containers").text).seed

    assert seed.software.containers[2].name == "software-2"


OLD = {
    "as documented": """\
# pcs-cluster.yaml
cluster:
  name: my-cluster
  region: us-east-1
  type: pcs

# Kubernetes
kubernetes:
  # which
  version: "1.36"
  # whose
  node_groups:
    - name: compute
      instance_types: [c5.4xlarge]
    # the last

# ...PCS config...
""",
    "groups alone": f"""\
{HEAD}  type: eks
kubernetes:
  node_groups:
    - name: compute
      instance_types: [c5.4xlarge]
""",
    "beside a head node": f"""\
{HEAD}  type: parallelcluster
kubernetes:
  node_groups:
    - name: compute
      instance_types: [c5.4xlarge]
compute:
  head_node: t3.xlarge
""",
}


@pytest.mark.parametrize("text", OLD.values(), ids=OLD)
def test_the_older_spelling_becomes_todays_and_means_the_same(text):
    own = read(text).seed.cluster.platform
    found = converted(text, own)

    assert read(found.text).seed == read(text).seed
    assert not {"type:", "kubernetes:"} & {*split(found.text)[1].split()}
    assert [row.kind for row in found.report.rows] == ["changed"] * len(found.report.rows)


@pytest.mark.parametrize("text", [OLD["as documented"], OLD["groups alone"]])
def test_todays_spelling_becomes_the_older_one_again(text):
    today = converted(text, "pcs").text

    assert split(converted(today, "pcs", spelling="old").text)[1] == text


@pytest.mark.parametrize("text", [OLD["as documented"], OLD["groups alone"]])
def test_a_seed_in_the_older_spelling_goes_to_another_platform_and_back(text):
    there = converted(text, "parallelcluster", spelling="old").text

    assert "kubernetes:" in there
    assert converted(there, "pcs", spelling="old").text == text


BRACKETS = [
    """\
cluster: {name: a, region: us-east-1, type: eks}
kubernetes: {version: "1.36", node_groups: [{name: c, instance_types: [c5.4xlarge]}]}
""",
    """\
{"cluster": {"name": "a", "region": "us-east-1", "type": "eks"}, "kubernetes": {"node_groups":
 [{"name": "c", "instance_types": ["c5.4xlarge"]}], "version": "1.36"}}
""",
]


@pytest.mark.parametrize("text", BRACKETS)
@pytest.mark.parametrize("to", ["pcs", "parallelcluster", "hybrid"])
def test_the_older_spelling_in_brackets_is_understood(text, to):
    seed = read(converted(text, to).text).seed

    assert seed.eks.version == "1.36"
    assert {q.name for part in seed.parts.values() for q in part.queues} <= {"c", "c-classic"}


def test_brackets_that_cannot_be_moved_say_what_to_write():
    text = (
        f"{HEAD}kubernetes: {{node_groups: [{{name: c, instance_types: [c5.4xlarge]}}]}}\n"
        "compute: {head_node: t3.xlarge}\n"
    )
    with pytest.raises(UsageError, match=r"write compute\.queues by hand"):
        converted(text, "pcs")
