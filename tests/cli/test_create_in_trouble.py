"""`petal create` where names are taken, AWS fails, or somebody interrupts."""

from __future__ import annotations

import pytest

REMAINS = """\
may remain though the creation failed, and is billed until you delete it yourself:
  /petal: EC2 volume, gp3, 200 GiB, tag parallelcluster:cluster-name=small
  /home: EC2 volume, the head node's disk, 60 GiB, tag parallelcluster:cluster-name=small
"""
FIND = """\
  all that has the tag parallelcluster:cluster-name=small
    aws resourcegroupstaggingapi get-resources --region us-east-1 \
--tag-filters Key=parallelcluster:cluster-name,Values=small
"""


@pytest.mark.parametrize("ours", [None, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"])
def test_a_stack_of_somebody_else_keeps_its_name(process, here, fake_cdk, a_stack, ours):
    a_stack("small")
    if ours:
        a_stack("petal-small", ours)

    ended = process("create", "small.yaml", "-y", PETAL_CDK=fake_cdk)

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr == (
        "error: us-east-1 has a stack small that does not belong to petal-small, and AWS would "
        "make one of that name for the cluster: nothing was created\n"
        "hint: choose another cluster.name\n"
    )
    assert not (here / "asked.json").exists()


@pytest.mark.parametrize("ours", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_the_stack_of_its_own_cluster_is_no_obstacle(process, fake_cdk, a_stack, ours):
    a_stack("small")
    a_stack("petal-small", ours)

    assert process("create", "small.yaml", "-y", PETAL_CDK=fake_cdk).returncode == 0


def test_an_account_that_cannot_be_asked_gets_no_cluster(process, here, fake_cdk):
    ended = process("create", "small.yaml", "-y", PETAL_CDK=fake_cdk)

    assert (ended.returncode, ended.stdout) == (3, "")
    assert "Unable to locate credentials\nhint: petal doctor checks credentials" in ended.stderr
    assert not (here / "asked.json").exists()


def _fails(fake_cdk):
    fake_cdk.write_text("#!/bin/sh\necho it broke\nexit 1\n")
    return fake_cdk


@pytest.mark.parametrize("status", ["CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"])
def test_a_creation_that_failed_says_what_may_remain(process, fake_cdk, a_stack, status):
    a_stack("petal-small", status)

    ended = process("create", "small.yaml", "-y", PETAL_CDK=_fails(fake_cdk))

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.startswith(REMAINS)
    assert FIND in ended.stderr
    assert ended.stderr.endswith("\n\nerror: cdk deploy failed with exit code 1\nit broke\n")


@pytest.mark.parametrize("status", [None, "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_where_nothing_was_created_nothing_remains(
    process, fake_cdk, cloudformation, a_stack, status
):
    if status:
        a_stack("petal-small", status)

    ended = process("create", "small.yaml", "-y", PETAL_CDK=_fails(fake_cdk))

    assert ended.stderr.endswith("error: cdk deploy failed with exit code 1\nit broke\n")
    assert REMAINS not in ended.stderr


def test_an_interrupt_says_that_cloudformation_goes_on(interrupted, cloudformation):
    code, out, err = interrupted("create", "small.yaml", "-y")

    of_stack = "--stack-name petal-small --region us-east-1"
    assert (code, out) == (130, "")
    assert err == (
        "interrupted, but CloudFormation goes on with stack petal-small if it had begun\n"
        f"watch it: aws cloudformation describe-stack-events {of_stack}\n"
        f"stop a first creation: aws cloudformation delete-stack {of_stack}\n"
        f"stop an update: aws cloudformation cancel-update-stack {of_stack}\n"
    )
