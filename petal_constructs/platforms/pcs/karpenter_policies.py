"""What Karpenter's controller may do, as its authors have it.

Source: aws/karpenter-provider-aws v1.14.1, website/content/en/docs/getting-started/
getting-started-with-karpenter/cloudformation.yaml. A policy's condition names the cluster in its
keys, so the name must be plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Statement = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Where Karpenter works; everything but the cluster's name may be a CDK token."""

    cluster: str
    partition: str
    region: str
    account: str
    node_role_arn: str
    queue_arn: str
    """Of the queue that tells of interruptions."""

    def ec2(self, *kinds: str, account: str = "*") -> list[str]:
        """ARN patterns of EC2 resources of these kinds."""
        return [f"arn:{self.partition}:ec2:{self.region}:{account}:{kind}/*" for kind in kinds]

    @property
    def cluster_arn(self) -> str:
        """ARN of the EKS cluster."""
        return f"arn:{self.partition}:eks:{self.region}:{self.account}:cluster/{self.cluster}"

    @property
    def profiles(self) -> str:
        """ARN pattern of instance profiles."""
        return f"arn:{self.partition}:iam::{self.account}:instance-profile/*"

    def tagged(self, kind: str, *, region: bool = False, eks: bool = False) -> dict[str, str]:
        """Condition on the tags of a request or a resource: they name this cluster."""
        tags = {f"aws:{kind}Tag/kubernetes.io/cluster/{self.cluster}": "owned"}
        if eks:
            tags[f"aws:{kind}Tag/eks:eks-cluster-name"] = self.cluster
        if region:
            tags[f"aws:{kind}Tag/topology.kubernetes.io/region"] = self.region
        return tags


def policies(place: Place, *, spot: bool = False) -> Mapping[str, list[Statement]]:
    """The statements of each of its six policies.

    Args:
        place: Where it works.
        spot: Whether it starts spot instances: in an account that never had one, EC2 first makes a
            role of its own, with the caller's rights (EC2 user guide, service-linked-roles-spot).
    """
    return {
        "NodeLifecycle": _launching(place) + _tagging_and_ending(place),
        "IamIntegration": _profiles(place) + ([_spot_role(place)] if spot else []),
        "EksIntegration": [
            _allow("AllowAPIServerEndpointDiscovery", "eks:DescribeCluster", place.cluster_arn)
        ],
        "Interruption": [
            _allow(
                "AllowInterruptionQueueActions",
                ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
                place.queue_arn,
            )
        ],
        "ZonalShift": [
            _allow(
                "AllowZonalShiftStatusReadOnly",
                "arc-zonal-shift:GetManagedResource",
                "*",
                {"StringEquals": {"arc-zonal-shift:ResourceIdentifier": place.cluster_arn}},
            )
        ],
        "ResourceDiscovery": _looking(place),
    }


def _allow(
    sid: str,
    actions: str | list[str],
    resources: str | list[str],
    condition: dict[str, Any] | None = None,
) -> Statement:
    statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


_MADE = (
    "fleet",
    "instance",
    "volume",
    "network-interface",
    "launch-template",
    "spot-instances-request",
)


def _pool(kind: str) -> dict[str, str]:
    return {f"aws:{kind}Tag/karpenter.sh/nodepool": "*"}


def _launching(place: Place) -> list[Statement]:
    start = ["ec2:RunInstances", "ec2:CreateFleet"]
    given = ("security-group", "subnet", "capacity-reservation", "placement-group")
    return [
        _allow(
            "AllowScopedEC2InstanceAccessActions",
            start,
            place.ec2("image", "snapshot", account="") + place.ec2(*given),
        ),
        _allow(
            "AllowScopedEC2LaunchTemplateAccessActions",
            start,
            place.ec2("launch-template"),
            {"StringEquals": place.tagged("Resource"), "StringLike": _pool("Resource")},
        ),
        _allow(
            "AllowScopedEC2InstanceActionsWithTags",
            [*start, "ec2:CreateLaunchTemplate"],
            place.ec2(*_MADE),
            {"StringEquals": place.tagged("Request", eks=True), "StringLike": _pool("Request")},
        ),
    ]


def _tagging_and_ending(place: Place) -> list[Statement]:
    while_made = ["RunInstances", "CreateFleet", "CreateLaunchTemplate"]
    ours = {"StringEquals": place.tagged("Resource"), "StringLike": _pool("Resource")}
    return [
        _allow(
            "AllowScopedResourceCreationTagging",
            "ec2:CreateTags",
            place.ec2(*_MADE),
            {
                "StringEquals": place.tagged("Request", eks=True)
                | {"ec2:CreateAction": while_made},
                "StringLike": _pool("Request"),
            },
        ),
        _allow(
            "AllowScopedResourceTagging",
            "ec2:CreateTags",
            place.ec2("instance"),
            ours
            | {
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": place.cluster},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]
                },
            },
        ),
        _allow(
            "AllowScopedDeletion",
            ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
            place.ec2("instance", "launch-template"),
            ours,
        ),
    ]


def _profiles(place: Place) -> list[Statement]:
    asked = place.tagged("Request", region=True, eks=True)
    ours = place.tagged("Resource", region=True)
    requested = {"aws:RequestTag/karpenter.k8s.aws/ec2nodeclass": "*"}
    existing = {"aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass": "*"}
    services = ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]
    return [
        _allow(
            "AllowPassingInstanceRole",
            "iam:PassRole",
            place.node_role_arn,
            {"StringEquals": {"iam:PassedToService": services}},
        ),
        _allow(
            "AllowScopedInstanceProfileCreationActions",
            ["iam:CreateInstanceProfile"],
            place.profiles,
            {"StringEquals": asked, "StringLike": requested},
        ),
        _allow(
            "AllowScopedInstanceProfileTagActions",
            ["iam:TagInstanceProfile"],
            place.profiles,
            {"StringEquals": ours | asked, "StringLike": existing | requested},
        ),
        _allow(
            "AllowScopedInstanceProfileActions",
            [
                "iam:AddRoleToInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile",
                "iam:DeleteInstanceProfile",
            ],
            place.profiles,
            {"StringEquals": ours, "StringLike": existing},
        ),
    ]


def _spot_role(place: Place) -> Statement:
    service = "spot.amazonaws.com"
    role = f"role/aws-service-role/{service}/AWSServiceRoleForEC2Spot"
    return _allow(
        "AllowSpotServiceLinkedRoleCreation",
        "iam:CreateServiceLinkedRole",
        f"arn:{place.partition}:iam::{place.account}:{role}",
        {"StringEquals": {"iam:AWSServiceName": service}},
    )


_SEEN = (
    "CapacityReservations",
    "Images",
    "Instances",
    "InstanceStatus",
    "InstanceTypeOfferings",
    "InstanceTypes",
    "LaunchTemplates",
    "PlacementGroups",
    "SecurityGroups",
    "SpotPriceHistory",
    "Subnets",
)


def _looking(place: Place) -> list[Statement]:
    parameters = f"arn:{place.partition}:ssm:{place.region}::parameter/aws/service/*"
    return [
        _allow(
            "AllowRegionalReadActions",
            [f"ec2:Describe{what}" for what in _SEEN],
            "*",
            {"StringEquals": {"aws:RequestedRegion": place.region}},
        ),
        _allow("AllowSSMReadActions", "ssm:GetParameter", parameters),
        _allow("AllowPricingReadActions", "pricing:GetProducts", "*"),
        _allow("AllowUnscopedInstanceProfileListAction", "iam:ListInstanceProfiles", "*"),
        _allow("AllowInstanceProfileReadActions", "iam:GetInstanceProfile", place.profiles),
    ]
