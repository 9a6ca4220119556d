"""An account's rules for roles: no role of any stack escapes them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from petal_constructs.platforms.parallelcluster.roles import Roles
from tests.stacks import BIO, ROOT, plan_of, resources, synthesised, template_of

BOUNDARY = "arn:aws:iam::123456789012:policy/Boundary"
PROVIDER = "arn:aws:lambda:us-east-1:123456789012:function:pcluster-cfn-1"
DIRECTORY = ROOT / "seeds/directory.yaml"
EVERYTHING = (ROOT / "seeds/shared-cluster.yaml", ROOT / "seeds/pcs-tenants.yaml")


def with_roles(**rules: Any) -> Any:
    return dataclasses.replace(plan_of(BIO), roles=Roles(**rules))


def roles(template: dict[str, Any]) -> list[dict[str, Any]]:
    found = resources(template, "AWS::IAM::Role") | resources(template, "AWS::IAM::User")
    assert found
    return [role["Properties"] for role in found.values()]


@pytest.mark.parametrize("seed", EVERYTHING, ids=lambda seed: seed.stem)
def test_every_role_has_the_boundary_also_those_of_the_cdk(seed):
    plan = plan_of(seed)
    rules = (
        {"permissions_boundary": BOUNDARY}
        if plan.platform == "pcs"
        else {"roles": Roles(boundary=BOUNDARY)}
    )

    bounded = synthesised(dataclasses.replace(plan, **rules))

    assert len(roles(bounded)) == len(roles(template_of(seed)))
    assert {role.get("PermissionsBoundary") for role in roles(bounded)} == {BOUNDARY}


def test_aws_s_provider_may_bound_roles_by_the_seed_s_policy_and_go_back_but_touch_no_other():
    policies = resources(synthesised(with_roles(boundary=BOUNDARY)), "AWS::IAM::ManagedPolicy")
    (statement,) = (
        statement
        for name, policy in policies.items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "Boundary" in str(statement["Action"])
    )

    assert {*statement["Action"]} == {
        "iam:PutRolePermissionsBoundary",
        "iam:DeleteRolePermissionsBoundary",
    }
    assert statement["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}
    assert str(statement["Resource"]).endswith(":role/parallelcluster/*']]}")


def test_a_provider_that_stands_is_used_and_gets_nothing():
    template = synthesised(with_roles(provider=PROVIDER))

    (cluster,) = resources(template, "Custom::PclusterCluster").values()
    assert cluster["Properties"]["ServiceToken"] == PROVIDER
    assert resources(template, "AWS::CloudFormation::Stack") == {}
    assert [
        name for name in resources(template, "AWS::IAM::ManagedPolicy") if "Provider" in name
    ] == []


@pytest.mark.parametrize(
    ("prefix", "path", "name"),
    [("lab-", None, "lab-bio-"), ("/parallelcluster/lab/", "/parallelcluster/lab/", None)],
)
def test_every_role_and_policy_has_the_prefix(prefix, path, name):
    template = synthesised(with_roles(prefix=prefix))

    for role in roles(template):
        assert role.get("Path") == path
        assert role.get("RoleName", name) is name or role["RoleName"].startswith(name)
    for policy in resources(template, "AWS::IAM::ManagedPolicy").values():
        given = policy["Properties"]
        assert given["Path"] == f"{path or '/parallelcluster/'}petal/"
        assert ("ManagedPolicyName" in given) == (name is not None)


def test_names_differ_and_are_short_enough_for_iam_whatever_the_cluster_is_called():
    def names(**parts: Any) -> list[str]:
        rules = {"roles": Roles(prefix="n" * 30)} | parts
        template = synthesised(dataclasses.replace(plan_of(BIO), **rules))
        policies = resources(template, "AWS::IAM::ManagedPolicy").values()
        return [role["RoleName"] for role in roles(template)] + [
            policy["Properties"]["ManagedPolicyName"] for policy in policies
        ]

    here, there = names(name="c" * 60), names(name="c" * 60, region="us-east-2")

    assert len({*here, *there}) == len(here) + len(there)  # IAM has one list for all regions
    assert max(len(name) for name in here if name in here[:2]) <= 64


def test_the_head_node_s_provider_sees_that_the_password_is_there_but_not_what_it_is():
    plan = dataclasses.replace(plan_of(DIRECTORY), roles=Roles())
    policies = str(resources(synthesised(plan), "AWS::IAM::ManagedPolicy"))

    assert "secretsmanager:DescribeSecret" in policies
    assert plan.directory.password_secret in policies
    assert "GetSecretValue" not in policies
