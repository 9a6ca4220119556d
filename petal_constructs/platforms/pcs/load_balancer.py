"""AWS Load Balancer Controller: makes the network load balancers in front of login pods."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IDependable

from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.platforms.pcs.helm import install_chart
from petal_constructs.platforms.pcs.names import ON_SYSTEM_NODES, SYSTEM_NAMESPACE
from petal_constructs.platforms.pcs.pod_identity import (
    Statement,
    acknowledge_wildcards,
    associate,
    pod_role,
)
from petal_constructs.platforms.pcs.values import PcsPlan

_ACCOUNT: Final = "aws-load-balancer-controller"
_OURS: Final = "elbv2.k8s.aws/cluster"
"""Tag that the controller puts on all that it makes; its value is the cluster's name."""
_LOOK: Final = (
    *(
        f"ec2:Describe{what}"
        for what in (
            "AccountAttributes",
            "Addresses",
            "AvailabilityZones",
            "Instances",
            "InternetGateways",
            "NetworkInterfaces",
            "RouteTables",
            "SecurityGroups",
            "Subnets",
            "Tags",
            "VpcPeeringConnections",
            "Vpcs",
        )
    ),
    "ec2:GetSecurityGroupsForVpc",
    *(
        f"elasticloadbalancing:Describe{what}"
        for what in (
            "CapacityReservation",
            "ListenerAttributes",
            "ListenerCertificates",
            "Listeners",
            "LoadBalancerAttributes",
            "LoadBalancers",
            "Rules",
            "SSLPolicies",
            "Tags",
            "TargetGroupAttributes",
            "TargetGroups",
            "TargetHealth",
            "TrustStores",
        )
    ),
)
_CHANGE: Final = (
    "DeleteLoadBalancer",
    "DeleteTargetGroup",
    "ModifyLoadBalancerAttributes",
    "ModifyTargetGroup",
    "ModifyTargetGroupAttributes",
    "SetIpAddressType",
    "SetSecurityGroups",
    "SetSubnets",
)


def load_balancer_controller(
    scope: Construct,
    *,
    plan: PcsPlan,
    cluster: eks.ICluster,
    network: ClusterNetwork,
    after: tuple[IDependable, ...],
) -> IDependable:
    """The controller with a role of its own; it makes network load balancers of services alone."""
    stack = cdk.Stack.of(scope)
    statements = _statements(plan.name, stack, cluster.cluster_security_group_id)
    role = pod_role(scope, "LoadBalancerRole", statements=statements)
    acknowledge_wildcards(
        role,
        statements,
        "AWS's policy for this controller, for network load balancers alone: looking has no "
        "resources, and what it makes has names of its choice and the cluster's tag",
    )
    identity = associate(
        scope,
        "LoadBalancerIdentity",
        cluster_name=cluster.cluster_name,
        namespace=SYSTEM_NAMESPACE,
        service_account=_ACCOUNT,
        role=role,
    )
    return install_chart(
        scope,
        "LoadBalancer",
        cluster=cluster,
        name="aws-load-balancer-controller",
        values={
            "clusterName": plan.name,
            # Pods cannot ask the instance's metadata for these two.
            "region": plan.region,
            "vpcId": network.vpc_id,
            "serviceAccount": {"name": _ACCOUNT},
            "nodeSelector": dict(ON_SYSTEM_NODES),
            # It serves the services that name its class; no ingress, no firewalls.
            "enableServiceMutatorWebhook": False,
            "createIngressClassResource": False,
            "ingressClassParams": {"create": False},
            "enableShield": False,
            "enableWaf": False,
            "enableWafv2": False,
        },
        after=(identity, *after),
        wait=True,
    )


def _statements(name: str, stack: cdk.Stack, security_group: str) -> list[Statement]:
    """The upstream policy (docs/install/iam_policy.json of v3.5.0), narrowed.

    Without application load balancers, firewalls, certificates and Outposts; what was made by the
    controllers of other clusters is out of reach; of foreign security groups it may change the
    nodes' alone.
    """
    place = f"{stack.region}:{stack.account}"
    ec2 = f"arn:{stack.partition}:ec2:{place}"
    elb = f"arn:{stack.partition}:elasticloadbalancing:{place}"
    groups, balancers = f"{ec2}:security-group/*", f"{elb}:loadbalancer/net/*/*"
    targets, listeners = f"{elb}:targetgroup/*/*", f"{elb}:listener/net/*/*/*"
    asked = {"StringEquals": {f"aws:RequestTag/{_OURS}": name}}
    ours = {"StringEquals": {f"aws:ResourceTag/{_OURS}": name}}
    rules = ["ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress"]
    tags = ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"]
    return [
        _allow(list(_LOOK), "*"),
        _allow(
            ["iam:CreateServiceLinkedRole"],
            f"arn:{stack.partition}:iam::{stack.account}:role/aws-service-role/*",
            {"StringEquals": {"iam:AWSServiceName": "elasticloadbalancing.amazonaws.com"}},
        ),
        _allow(rules, f"{ec2}:security-group/{security_group}"),
        _allow([*rules, "ec2:DeleteSecurityGroup"], groups, ours),
        _allow(["ec2:CreateSecurityGroup"], [groups, f"{ec2}:vpc/*"]),
        _allow(
            ["ec2:CreateTags"], groups, _both(asked, {"ec2:CreateAction": "CreateSecurityGroup"})
        ),
        _allow(["ec2:CreateTags", "ec2:DeleteTags"], groups, ours),
        _allow(_elb("CreateLoadBalancer", "CreateTargetGroup"), [balancers, targets], asked),
        _allow(
            tags[:1],
            [balancers, targets],
            _both(
                asked,
                {"elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateLoadBalancer"]},
            ),
        ),
        _allow(tags, [balancers, targets], ours),
        _allow(tags, listeners),
        _allow(_elb(*_CHANGE), [balancers, targets], ours),
        _allow(
            _elb("CreateListener", "DeleteListener", "ModifyListener", "ModifyListenerAttributes"),
            [balancers, listeners],
        ),
        _allow(_elb("RegisterTargets", "DeregisterTargets"), targets),
    ]


def _elb(*actions: str) -> list[str]:
    return [f"elasticloadbalancing:{action}" for action in actions]


def _both(condition: Statement, more: Statement) -> Statement:
    return {"StringEquals": condition["StringEquals"] | more}


def _allow(
    actions: list[str], resources: str | list[str], condition: Statement | None = None
) -> Statement:
    statement: Statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})
