"""The kubectl and Helm that install manifests and charts: the CDK's function and its layer."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from petal_constructs.constructs.acknowledge import CDKS_OWN, acknowledge
from petal_constructs.errors import UsageError
from petal_constructs.platforms.pcs.pod_identity import acknowledge_aws_policies

_POLICIES: Final = (
    "AmazonEC2ContainerRegistryReadOnly",
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
)
_REASON: Final = f"{CDKS_OWN.partition(',')[0]}, which runs kubectl and Helm"


def kubectl_layer(
    scope: Construct, construct_id: str, kubernetes_version: str
) -> lambda_.ILayerVersion:
    """A layer whose kubectl may talk to this version: the same one, or one above or below it.

    Args:
        scope: Construct it is part of.
        construct_id: Its name in `scope`.
        kubernetes_version: Such as `1.36`.

    Raises:
        UsageError: None that fits is installed.
    """
    minor = int(kubernetes_version.split(".")[1])
    for number in (minor, minor + 1, minor - 1):  # Kubernetes' version skew policy of kubectl
        try:
            module: Any = import_module(f"aws_cdk.lambda_layer_kubectl_v{number}")
        except ModuleNotFoundError:
            continue
        layer: lambda_.ILayerVersion = getattr(module, f"KubectlV{number}Layer")(
            scope, construct_id
        )
        return layer
    raise UsageError(
        f"no kubectl for Kubernetes {kubernetes_version} is installed\n"
        f"hint: pip install aws-cdk.lambda-layer-kubectl-v{minor}"
    )


def acknowledge_kubectl(cluster: eks.Cluster) -> None:
    """Accept the rights that the CDK gives the functions behind its manifests and charts."""
    stack = cdk.Stack.of(cluster)
    provider = cluster.node.find_child("KubectlProvider")
    handler = provider.node.find_child("Handler")
    role: Any = handler.node.find_child("ServiceRole").node.default_child
    function: Any = handler.node.default_child
    acknowledge_aws_policies(provider, _POLICIES, _REASON)
    # One policy exists in partition `aws` alone; cdk-nag spells such a condition as JSON.
    conditional = [
        json.dumps(arn, separators=(",", ":"))
        for arn in stack.resolve(role.managed_policy_arns)
        if "Fn::If" in arn
    ]
    rules = [f"IAM4[Policy::{arn}]" for arn in conditional]
    rules += [f"IAM5[Resource::<{stack.get_logical_id(function)}.Arn>:*]", "L1"]
    acknowledge(provider, dict.fromkeys(rules, _REASON))
