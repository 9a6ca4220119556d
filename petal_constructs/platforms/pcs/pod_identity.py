"""EKS Pod Identity: AWS roles of pods, by the service account that they run as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct

from petal_constructs.constructs.acknowledge import acknowledge, partition_of

Statement = dict[str, Any]
"""A statement of an IAM policy, as JSON has it."""

_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
    ],
}


def pod_role(
    scope: Construct,
    construct_id: str,
    *,
    statements: Sequence[Statement] = (),
    managed_policies: Sequence[str] = (),
) -> iam.CfnRole:
    """A role for pods. Its policies are its own, so that they last as long as it does.

    Args:
        scope: Construct it is part of.
        construct_id: Its name in `scope`.
        statements: What it may do, at most 10,240 characters as JSON.
        managed_policies: AWS's policies by name, such as `AmazonEKS_CNI_Policy`.
    """
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    inline = iam.CfnRole.PolicyProperty(policy_name="Pod", policy_document=document)
    return iam.CfnRole(
        scope,
        construct_id,
        assume_role_policy_document=_TRUST,
        managed_policy_arns=aws_policies(scope, *managed_policies) or None,
        policies=[inline] if statements else None,
    )


def associate(
    scope: Construct,
    construct_id: str,
    *,
    cluster_name: str,
    namespace: str,
    service_account: str,
    role: iam.CfnRole,
) -> eks.CfnPodIdentityAssociation:
    """Give a role to the pods of a service account; it need not exist yet."""
    return eks.CfnPodIdentityAssociation(
        scope,
        construct_id,
        cluster_name=cluster_name,
        namespace=namespace,
        service_account=service_account,
        role_arn=role.attr_arn,
    )


def associate_each(
    scope: Construct,
    namespaces: Iterable[str],
    *,
    cluster_name: str,
    service_account: str,
    role: iam.CfnRole,
) -> None:
    """Give a role to the service account of that name in each namespace."""
    for namespace in namespaces:
        associate(
            scope,
            namespace,
            cluster_name=cluster_name,
            namespace=namespace,
            service_account=service_account,
            role=role,
        )


def aws_policies(scope: Construct, *names: str) -> list[str]:
    """ARNs of policies that AWS manages, by name with path."""
    return [f"arn:{cdk.Stack.of(scope).partition}:iam::aws:policy/{name}" for name in names]


def acknowledge_aws_policies(construct: IConstruct, names: Sequence[str], reason: str) -> None:
    """Accept AWS's own policies on the roles of a construct, the CDK's roles too."""
    # The CDK names policies by partition token even where it knows the partition.
    for partition in dict.fromkeys((partition_of(construct), "<AWS::Partition>")):
        arns = [f"arn:{partition}:iam::aws:policy/{name}" for name in names]
        acknowledge(construct, {f"IAM4[Policy::{arn}]": reason for arn in arns})


def acknowledge_wildcards(
    construct: Construct, statements: Sequence[Statement], reason: str
) -> None:
    """Accept the resources with a wildcard that these statements name."""
    arns = [arn for statement in statements for arn in _listed(statement["Resource"]) if "*" in arn]
    spelled = map(_spelled, cdk.Stack.of(construct).resolve(arns))
    acknowledge(construct, {f"IAM5[Resource::{arn}]": reason for arn in spelled})


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _spelled(arn: str | dict[str, Any]) -> str:
    """A resolved ARN as cdk-nag writes it in findings: `<AWS::AccountId>` for a reference."""
    if isinstance(arn, str):
        return arn
    return "".join(
        part if isinstance(part, str) else f"<{part['Ref']}>" for part in arn["Fn::Join"][1]
    )
