"""EKS managed node groups: their role, and the template that their nodes start from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.platforms.pcs.pod_identity import acknowledge_aws_policies

_POLICIES: Final = (
    "AmazonEKSWorkerNodePolicy",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonSSMManagedInstanceCore",
)
"""As Karpenter's getting-started template, without the CNI's policy: the CNI has its own role."""


def node_role(scope: Construct, construct_id: str, policies: Sequence[str] = _POLICIES) -> iam.Role:
    """A role for EC2 instances that become nodes.

    Args:
        scope: Construct it is part of.
        construct_id: Its name in `scope`.
        policies: AWS's policies by name. Default: join a cluster, pull images, and let
            administrators in by AWS Systems Manager.
    """
    role = iam.Role(
        scope,
        construct_id,
        assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
        managed_policies=[
            iam.ManagedPolicy.from_aws_managed_policy_name(name) for name in policies
        ],
    )
    acknowledge_aws_policies(role, policies, "what AWS asks of the role of an EKS node")
    return role


@dataclass(frozen=True, slots=True)
class Nodes:
    """How the nodes of a group start.

    Attributes:
        name: Value of their tag `Name`.
        tags: Further tags of instances and disks.
        node_config: What nodeadm is told (NodeConfig.spec). Default: nothing.
        placement_group: Name of one. Default: none.
        efa_interfaces: Elastic Fabric Adapters, one on each network card.
        security_group_id: Of the nodes; asked for only with adapters.
    """

    name: str
    tags: tuple[tuple[str, str], ...]
    node_config: Mapping[str, Any] | None = None
    placement_group: str | None = None
    efa_interfaces: int = 0
    security_group_id: str = ""


def launch_template(
    scope: Construct, construct_id: str, nodes: Nodes
) -> eks.CfnNodegroup.LaunchTemplateSpecificationProperty:
    """A template with an encrypted root volume; pods cannot reach the instance's metadata."""
    disk = ec2.CfnLaunchTemplate.EbsProperty(
        volume_type="gp3", volume_size=DEFAULTS.root_volume_gib.value, encrypted=True
    )
    group = nodes.placement_group
    template = ec2.CfnLaunchTemplate(
        scope,
        construct_id,
        launch_template_data=ec2.CfnLaunchTemplate.LaunchTemplateDataProperty(
            block_device_mappings=[
                ec2.CfnLaunchTemplate.BlockDeviceMappingProperty(device_name="/dev/xvda", ebs=disk)
            ],
            metadata_options=ec2.CfnLaunchTemplate.MetadataOptionsProperty(
                http_tokens="required", http_put_response_hop_limit=1
            ),
            network_interfaces=_interfaces(nodes) or None,
            placement=ec2.CfnLaunchTemplate.PlacementProperty(group_name=group) if group else None,
            tag_specifications=_tagged(nodes),
            user_data=cdk.Fn.base64(user_data(nodes.node_config)) if nodes.node_config else None,
        ),
    )
    return eks.CfnNodegroup.LaunchTemplateSpecificationProperty(
        id=template.ref, version=template.attr_latest_version_number
    )


def _interfaces(nodes: Nodes) -> list[ec2.CfnLaunchTemplate.NetworkInterfaceProperty]:
    """One adapter on each card, the first of them with an address for the node.

    Source: Amazon EC2 user guide, "Maximize network bandwidth with multiple network cards".
    """
    return [
        ec2.CfnLaunchTemplate.NetworkInterfaceProperty(
            network_card_index=card,
            device_index=min(card, 1),
            interface_type="efa-only" if card else "efa",
            groups=[nodes.security_group_id],
            delete_on_termination=True,
        )
        for card in range(nodes.efa_interfaces)
    ]


def _tagged(nodes: Nodes) -> list[ec2.CfnLaunchTemplate.TagSpecificationProperty]:
    tags = [cdk.CfnTag(key=key, value=value) for key, value in (("Name", nodes.name), *nodes.tags)]
    return [
        ec2.CfnLaunchTemplate.TagSpecificationProperty(resource_type=kind, tags=tags)
        for kind in ("instance", "volume")
    ]


def user_data(node_config: Mapping[str, Any]) -> str:
    """What EKS merges with its own part for nodeadm (awslabs/amazon-eks-ami, nodeadm's docs)."""
    document = {"apiVersion": "node.eks.aws/v1alpha1", "kind": "NodeConfig", "spec": node_config}
    return "\n".join(
        (
            "MIME-Version: 1.0",
            'Content-Type: multipart/mixed; boundary="petal"',
            "",
            "--petal",
            "Content-Type: application/node.eks.aws",
            "",
            json.dumps(document, indent=2),
            "--petal--",
            "",
        )
    )
