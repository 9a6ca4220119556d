"""Findings of cdk-nag that are meant to be so, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import aws_cdk as cdk
from constructs import IConstruct

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_s3_deployment as deployment

CDKS_OWN: Final = "the AWS CDK's own function, which copies files into buckets of this stack"


def acknowledge(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Record why a construct, and all within it, breaks rules of cdk-nag's AwsSolutions pack.

    Args:
        construct: Where the findings are.
        reasons: Rule, such as `VPC7` or `IAM5[Resource::*]`, -> why it does not apply.
    """
    rules = [
        cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
        for rule, reason in reasons.items()
    ]
    cdk.Validations.of(construct).acknowledge(*rules)


def objects_arn(bucket: s3.IBucket, prefix: str = "") -> str:
    """ARN of a bucket's objects below a prefix, as cdk-nag spells it in the names of findings."""
    found = cdk.Stack.of(bucket).resolve(bucket.bucket_arn)
    name = f"<{'.'.join(found['Fn::GetAtt'])}>" if isinstance(found, dict) else str(found)
    return f"{name}/{prefix}/*" if prefix else f"{name}/*"


def partition_of(construct: IConstruct) -> str:
    """Partition of a construct's stack, as cdk-nag spells it in the names of findings."""
    return _spelled(cdk.Stack.of(construct).partition, "AWS::Partition")


def _spelled(value: str, pseudo_parameter: str) -> str:
    return f"<{pseudo_parameter}>" if cdk.Token.is_unresolved(value) else value


def acknowledge_deployment(files: deployment.BucketDeployment, bucket: s3.IBucket) -> None:
    """Accept the rights that the CDK gives the function behind its bucket deployments."""
    # The CDK names this policy by partition token even where it knows the partition.
    logs = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    acknowledge_assets(files.handler_role, CDKS_OWN)
    actions = ("DeleteObject*", "Abort*")
    rules = [f"IAM5[Action::s3:{action}]" for action in actions]
    rules += [f"IAM5[Resource::{objects_arn(bucket)}]", f"IAM4[Policy::{logs}]"]
    acknowledge(files.handler_role, dict.fromkeys(rules, CDKS_OWN))


def acknowledge_assets(reader: IConstruct, why: str) -> None:
    """Accept the rights that the CDK gives to who reads the assets of a stack.

    Args:
        reader: What holds the policy.
        why: What it reads them for.
    """
    stack = cdk.Stack.of(reader)
    account = _spelled(stack.account, "AWS::AccountId")
    region = _spelled(stack.region, "AWS::Region")
    assets = f"arn:{partition_of(reader)}:s3:::cdk-hnb659fds-assets-{account}-{region}/*"
    rules = [f"IAM5[Action::s3:{action}]" for action in ("GetObject*", "GetBucket*", "List*")]
    acknowledge(reader, dict.fromkeys([*rules, f"IAM5[Resource::{assets}]"], why))
