"""The rotation of a database's password in the template: what may be done, when, by whom."""

from __future__ import annotations

import json

import pytest

from petal_constructs.constructs.rotation import program
from tests.constructs.test_accounting import SHARED
from tests.stacks import BIO, ROOT, resources, template_of

DATABASE = "ClusterAccountingDatabaseF54553A4"
SECRET = "ClusterAccountingDatabasePassword07A2166E"


@pytest.fixture(scope="module")
def template():
    return template_of(SHARED)


def the(template, kind):
    (found,) = resources(template, kind).values()
    return found


def the_function(template):
    (found,) = [
        (name, function)
        for name, function in resources(template, "AWS::Lambda::Function").items()
        if "Rotation" in name
    ]
    return found


def test_the_password_changes_by_itself_but_not_while_the_cluster_is_made(template):
    schedule = the(template, "AWS::SecretsManager::RotationSchedule")
    name, _ = the_function(template)

    assert schedule["Properties"] == {
        "SecretId": {"Ref": SECRET},
        "RotationLambdaARN": {"Fn::GetAtt": [name, "Arn"]},
        "RotationRules": {"AutomaticallyAfterDays": 30},
        "RotateImmediatelyOnUpdate": False,
    }
    assert DATABASE in schedule["DependsOn"]


def test_the_function_may_change_this_secret_and_this_database_and_nothing_else(template):
    _, function = the_function(template)
    role = template["Resources"][function["Properties"]["Role"]["Fn::GetAtt"][0]]["Properties"]
    (policy,) = role["Policies"]

    allowed = {
        action: json.dumps(statement["Resource"])
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    }
    assert "ManagedPolicyArns" not in role
    assert "*" not in json.dumps(policy)
    assert {allowed[a] for a in allowed if a.startswith("secrets")} == {f'{{"Ref": "{SECRET}"}}'}
    assert {allowed[a] for a in allowed if a.startswith("rds")} == {
        f'{{"Fn::GetAtt": ["{DATABASE}", "DBInstanceArn"]}}'
    }
    assert {a for a in allowed if a.startswith("rds")} == {
        "rds:DescribeDBInstances",
        "rds:ModifyDBInstance",
    }


def test_only_secrets_manager_of_this_account_may_call_it(template):
    permission = the(template, "AWS::Lambda::Permission")["Properties"]

    assert permission["Principal"] == "secretsmanager.amazonaws.com"
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_it_needs_no_network_and_holds_no_secret(template):
    _, function = the_function(template)

    assert "VpcConfig" not in function["Properties"]
    assert function["Properties"]["Environment"]["Variables"] == {
        "PETAL_DATABASE": {"Ref": DATABASE}
    }
    assert function["Properties"]["Code"]["ZipFile"] == program()


@pytest.mark.parametrize("seed", [BIO, ROOT / "seeds/pcs-tenants.yaml"], ids=lambda s: s.stem)
def test_who_keeps_no_records_and_pcs_have_no_rotation(seed):
    assert not resources(template_of(seed), "AWS::SecretsManager::RotationSchedule")
