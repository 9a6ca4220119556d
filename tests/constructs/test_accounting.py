"""The database of a ParallelCluster's job records: who reaches it, and the way of its password."""

from __future__ import annotations

import json

import pytest

from petal_constructs.platforms import platform
from tests.stacks import (
    ROOT,
    cluster_configuration,
    plan_of,
    resources,
    template_of,
)

SHARED = ROOT / "seeds/shared-cluster.yaml"


@pytest.fixture(scope="module")
def template():
    return template_of(SHARED)


def the(template, kind):
    (found,) = resources(template, kind).values()
    return found["Properties"]


def test_ids_of_what_holds_records_are_a_contract(template):
    """A new logical id is a new, empty database."""
    assert list(resources(template, "AWS::RDS::DBInstance")) == [
        "ClusterAccountingDatabaseF54553A4"
    ]
    assert list(resources(template, "AWS::SecretsManager::Secret")) == [
        "ClusterAccountingDatabasePassword07A2166E"
    ]


def test_the_secret_is_the_password_alone_and_stands_in_no_template(template):
    """slurmdbd's password is the whole text of the secret: aws-parallelcluster-cookbook,
    update_slurm_database_password.sh."""
    [secret] = resources(template, "AWS::SecretsManager::Secret")
    generated = the(template, "AWS::SecretsManager::Secret")["GenerateSecretString"]

    assert generated == {"ExcludePunctuation": True, "PasswordLength": 32}
    assert the(template, "AWS::RDS::DBInstance")["MasterUserPassword"] == {
        "Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": secret}, ":SecretString}}"]]
    }


def test_slurm_finds_the_database_and_its_password(template):
    [database] = resources(template, "AWS::RDS::DBInstance")
    [secret] = resources(template, "AWS::SecretsManager::Secret")
    settings = cluster_configuration(template)["Scheduling"]["SlurmSettings"]

    host = {"Fn::GetAtt": [database, "Endpoint.Address"]}
    assert settings["Database"] == {
        "Uri": {"Fn::Join": ["", [host, ":3306"]]},
        "UserName": "slurm",
        "PasswordSecretArn": {"Ref": secret},
        "DatabaseName": "slurm_acct_db",
    }


def test_the_head_node_alone_may_connect(template):
    config = cluster_configuration(template)
    [group] = config["HeadNode"]["Networking"]["AdditionalSecurityGroups"]
    rule = the(template, "AWS::EC2::SecurityGroupIngress")

    assert rule["SourceSecurityGroupId"] == group
    assert (rule["FromPort"], rule["ToPort"]) == (3306, 3306)
    assert the(template, "AWS::RDS::DBInstance")["VPCSecurityGroups"] == [rule["GroupId"]]
    assert not the(template, "AWS::RDS::DBInstance")["PubliclyAccessible"]
    for queue in config["Scheduling"]["SlurmQueues"]:
        assert "AdditionalSecurityGroups" not in queue["Networking"]


def test_the_database_stands_in_the_private_subnets_of_two_zones(template):
    subnets = the(template, "AWS::RDS::DBSubnetGroup")["SubnetIds"]

    zones = [
        template["Resources"][subnet["Ref"]]["Properties"]["AvailabilityZone"] for subnet in subnets
    ]
    assert len(zones) == 2
    assert zones[0] != zones[1]


def test_nobody_but_the_head_node_gets_a_right_to_the_secret_from_petal(template):
    """And that one from ParallelCluster; its provider sees that the secret is there."""
    rights = {
        name: statement["Action"]
        for name, policy in resources(template, "AWS::IAM::ManagedPolicy").items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "secretsmanager" in json.dumps(statement)
    }

    assert list(rights.values()) == ["secretsmanager:DescribeSecret"]
    assert all("Provider" in name for name in rights)


def test_records_outlive_the_cluster_as_a_snapshot(template):
    [database] = resources(template, "AWS::RDS::DBInstance").values()

    assert (database["DeletionPolicy"], database["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")
    kept = platform("parallelcluster").kept(plan_of(SHARED))
    assert "job records: the last snapshot of the RDS database" in kept
