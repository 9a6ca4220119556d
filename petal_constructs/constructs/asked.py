"""What AWS is asked for when a stack is deployed, so that synthesis is offline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import custom_resources as custom
from constructs import Construct

from petal_constructs.constructs.acknowledge import acknowledge


def asked(
    scope: Construct,
    construct_id: str,
    *,
    service: str,
    action: str,
    parameters: Mapping[str, Any],
    about: str,
    paths: tuple[str, ...],
) -> tuple[str, ...]:
    """Answers of a `Describe...` action that knows no resources in IAM, as CDK tokens.

    Args:
        scope: Construct it is part of.
        construct_id: Its name in `scope`.
        service: Such as `ec2`.
        action: Such as `DescribeVpcs`.
        parameters: Of the action.
        about: Id of what is asked about; another one is another question.
        paths: Where the answers stand, such as `Vpcs.0.CidrBlock`.
    """
    call = custom.AwsSdkCall(
        service=service,
        action=action,
        parameters=dict(parameters),
        physical_resource_id=custom.PhysicalResourceId.of(about),
        output_paths=list(paths),
    )
    allowed = iam.PolicyStatement(actions=[f"{service}:{action}"], resources=["*"])
    question = custom.AwsCustomResource(
        scope,
        construct_id,
        on_update=call,
        policy=custom.AwsCustomResourcePolicy.from_statements([allowed]),
        install_latest_aws_sdk=False,
    )
    acknowledge(question, {"IAM5[Resource::*]": f"{action} knows no resources"})
    _acknowledge_function(question)
    return tuple(question.get_response_field(path) for path in paths)


def _acknowledge_function(construct: Construct) -> None:
    """Accept the rights of the CDK's function that asks AWS, which the whole stack shares."""
    name = "AWS" + custom.AwsCustomResource.PROVIDER_FUNCTION_UUID.replace("-", "")
    logs = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    function = cdk.Stack.of(construct).node.find_child(name)
    acknowledge(function, {f"IAM4[Policy::{logs}]": "the AWS CDK's own function writes its log"})
