"""The nodes that run the cluster's own pods: DNS, operators, Slurm's controllers, login pods."""

from __future__ import annotations

from typing import Final

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IDependable

from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.platforms.pcs.names import ON_SYSTEM_NODES
from petal_constructs.platforms.pcs.node_groups import Nodes, launch_template, node_role
from petal_constructs.platforms.pcs.values import PcsPlan

_LEAST: Final = 2
"""Karpenter and others run two pods each, in two Availability Zones."""
_MOST: Final = 4


def system_nodes(
    scope: Construct,
    construct_id: str,
    *,
    plan: PcsPlan,
    cluster: eks.ICluster,
    network: ClusterNetwork,
    after: tuple[IDependable, ...],
) -> eks.CfnNodegroup:
    """A managed node group over all private subnets.

    Args:
        scope: Construct it is part of.
        construct_id: Its name in `scope`.
        plan: Name and tags of the cluster.
        cluster: What its nodes join.
        network: Where they stand.
        after: What nodes need to become ready.
    """
    nodes = Nodes(name=f"{plan.name}-system", tags=plan.tags)
    group = eks.CfnNodegroup(
        scope,
        construct_id,
        cluster_name=cluster.cluster_name,
        node_role=node_role(scope, f"{construct_id}Role").role_arn,
        subnets=list(network.private_subnet_ids),
        ami_type="AL2023_x86_64_STANDARD",
        instance_types=[DEFAULTS.system_node.value],
        labels=dict(ON_SYSTEM_NODES),
        launch_template=launch_template(scope, f"{construct_id}Template", nodes),
        scaling_config=eks.CfnNodegroup.ScalingConfigProperty(
            min_size=_LEAST, max_size=_MOST, desired_size=_LEAST
        ),
    )
    group.node.add_dependency(*after)
    return group
