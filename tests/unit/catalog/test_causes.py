from __future__ import annotations

import re

import pytest

from petal_constructs.catalog.causes import hint_for, known_causes
from petal_constructs.catalog.resources import resources


@pytest.mark.parametrize("cause", known_causes().causes, ids=lambda cause: cause.pattern[:30])
def test_every_cause_has_a_source_and_a_hint_whose_groups_exist(cause):
    groups = re.compile(cause.pattern).groups
    assert cause.source
    assert cause.hint == cause.hint.strip(" .")
    assert all(int(number) <= groups for number in re.findall(r"\\(\d)", cause.hint))


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("User: arn:x is not authorized to perform: iam:CreateRole on resource", "iam:CreateRole"),
        ("The maximum number of VPCs has been reached. (Service: Ec2)", "network.vpc_id"),
        ("The maximum number of addresses has been reached.", "Elastic IP"),
        ("AuthFailure.ServiceLinkedRoleCreationNotPermitted", "create-service-linked-role"),
        ("You have requested more vCPU capacity than your current vCPU limit of 32", "quota"),
        ("We currently do not have sufficient p4d.24xlarge capacity in the zone", "try later"),
        ("Your requested instance type (m5.large) is not supported in your zone", "network.zones"),
        ("The key pair 'ada' does not exist", "describe-key-pairs"),
        ("In order to use this AWS Marketplace product you need to accept terms", "Marketplace"),
        ("WaitCondition timed out. Received 0 conditions when expecting 1", "never reported"),
        ("small: StaticNodeBootstrapFailure (LogGroup: /aws/lambda/x)", "min_count"),
        ("Failed to mount EFS. Please check", "does not reach the file system"),
        ("Error: INSTALLATION FAILED: timed out waiting for the condition", "did not become ready"),
        ("The subnet 'subnet-0a' has dependencies and cannot be deleted.", "still uses it"),
        ("The bucket you tried to delete is not empty (Error Code: BucketNotEmpty)", "empty the"),
    ],
)
def test_the_words_of_aws_lead_to_what_can_be_done(reason, hint):
    assert hint in hint_for(reason)


def test_words_that_nobody_knows_lead_to_no_hint():
    assert hint_for("Internal Failure") is None


def test_a_type_without_words_is_called_as_aws_does():
    assert resources().name("AWS::EC2::VPC") == "network"
    assert resources().name("AWS::EC2::Subnet") == "EC2 Subnet"


def test_what_is_said_of_a_type_is_said_of_one_with_words():
    known = resources()
    assert known.quiet | known.limits_s.keys() | known.remove.keys() <= known.words.keys()
    assert all(command.count("{id}") == 1 for command in known.remove.values())
