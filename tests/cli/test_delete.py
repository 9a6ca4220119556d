from __future__ import annotations

import json

import pytest

from tests.cli.terminal import at_terminal

VOLUMES = (
    "/petal: EC2 volume, gp3, 200 GiB, tag parallelcluster:cluster-name=small",
    "/home: EC2 volume, the head node's disk, 60 GiB, tag parallelcluster:cluster-name=small",
)
GOES = "goes, with all nodes and whatever is not named below: stack petal-small, small\n"
KEPT = GOES + "\n  ".join(["kept, and billed until you delete it yourself:", *VOLUMES])
ALSO = (
    "buckets that the seed mounts are never touched\n"
    "jobs that still run or wait are cancelled first\n"
)


@pytest.fixture
def deployed(a_stack, monkeypatch, fake_cdk):
    """The cluster's stack exists."""
    monkeypatch.setenv("PETAL_CDK", str(fake_cdk))
    a_stack("petal-small")


def test_without_a_terminal_it_wants_a_yes(process):
    ended = process("delete", "small.yaml")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "error: nobody can be asked whether to delete small\n"
        "hint: add -y to delete it without asking\n"
    )


def test_it_destroys_the_stack_and_says_first_what_is_kept(process, here, deployed):
    ended = process("delete", "-t", "small.yaml", "-y")

    asked = json.loads((here / "asked.json").read_text())
    assert ended.returncode == 0
    assert ended.stdout == "small is deleted from us-east-1\n"
    assert ended.stderr.startswith(KEPT)
    assert f"\n{ALSO}left, and how to find or remove it:\n" in ended.stderr
    assert asked[:3] == ["destroy", "petal-small", "--app"]
    assert "--force" in asked
    assert not (here / "build").exists()


def test_programs_get_what_is_kept_as_json(process, deployed):
    ended = process("delete", "small.yaml", "-y", "--format", "json")

    found = json.loads(ended.stdout)
    assert (found["cluster"], found["deleted"]) == ("small", True)
    *volumes, logs = found["kept"]
    assert tuple(volumes) == VOLUMES
    assert "/aws/parallelcluster/small-..., /aws/lambda/pcluster-..." in logs


def test_the_stack_itself_keeps_nothing_but_logs(petal, here):
    petal("synth", "small.yaml", "-o", "made")

    template = json.loads((here / "made/cdk.out/petal-small.template.json").read_text())
    resources = template["Resources"].values()
    kept = {r["Type"] for r in resources if r.get("DeletionPolicy", "Delete") != "Delete"}
    assert kept == {"AWS::Logs::LogGroup"}


def test_a_person_must_type_the_name(here, deployed):
    code, seen = at_terminal(
        *("delete", "small.yaml"), cwd=here, when="delete it", types="smalll\n"
    )
    assert code == 2
    assert seen.endswith("error: smalll is not small: nothing was deleted\n")
    assert not (here / "asked.json").exists()

    code, seen = at_terminal(*("delete", "small.yaml"), cwd=here, when="delete it", types="small\n")
    assert code == 0
    assert ALSO in seen.partition("type small to delete it")[0]
    assert "small is deleted from us-east-1\nleft, and how to find" in seen
    assert (here / "asked.json").exists()


def test_a_cluster_that_is_not_there_is_not_called_deleted(process, here, fake_cdk, a_stack):
    a_stack("small")
    a_stack("petal-other")

    ended = process("delete", "small.yaml", "-y", PETAL_CDK=fake_cdk)

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == (
        "error: there is no stack petal-small in us-east-1 of account 123456789012: "
        "nothing was deleted\n"
        "hint: check AWS_PROFILE, cluster.region and cluster.name\n"
    )
    assert not (here / "asked.json").exists()


def test_a_cluster_in_another_region_is_not_called_deleted(process, here, deployed):
    seed = here / "small.yaml"
    seed.write_text(seed.read_text().replace("us-east-1", "us-west-2"))

    ended = process("delete", "small.yaml", "-y")

    assert ended.returncode == 3
    assert "no stack petal-small in us-west-2 of account" in ended.stderr


def test_an_account_that_cannot_be_asked_is_not_taken_for_an_empty_one(process, here, fake_cdk):
    ended = process("delete", "small.yaml", "-y", PETAL_CDK=fake_cdk)

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.startswith(
        "error: AWS does not say whether stack petal-small exists in us-east-1: "
    )
    assert ended.stderr.endswith("they need cloudformation:DescribeStacks\n")
    assert not (here / "asked.json").exists()


def test_an_interrupt_says_that_cloudformation_goes_on(interrupted, a_stack):
    a_stack("petal-small")

    code, out, err = interrupted("delete", "small.yaml", "-y")

    assert (code, out) == (130, "")
    assert err.endswith(
        "interrupted, but CloudFormation goes on deleting petal-small if it had begun\n"
        "watch it: aws cloudformation describe-stack-events "
        "--stack-name petal-small --region us-east-1\n"
    )
