"""Nodes of queues without Karpenter: a managed node group for each size, and what scales it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IDependable

from petal_constructs.catalog import kubernetes
from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.device_plugins import GPU_LABEL
from petal_constructs.platforms.pcs.helm import install_chart
from petal_constructs.platforms.pcs.names import ON_SYSTEM_NODES
from petal_constructs.platforms.pcs.node_groups import Nodes, launch_template, node_role
from petal_constructs.platforms.pcs.pod_identity import (
    Statement,
    acknowledge_wildcards,
    associate,
    pod_role,
)
from petal_constructs.platforms.pcs.values import NodeSet, PcsPlan, Queue

_ACCOUNT: Final = "cluster-autoscaler"
_CAPACITY: Final = {"ONDEMAND": "ON_DEMAND", "SPOT": "SPOT", "CAPACITY_BLOCK": "CAPACITY_BLOCK"}
_IMAGES: Final = {"x86_64": "AL2023_x86_64", "arm64": "AL2023_ARM_64"}
_RESOURCE_TAG: Final = "k8s.io/cluster-autoscaler/node-template/resources/"
"""On a node group: what its nodes offer, for the autoscaler while there is none."""


class ManagedNodes(Construct):
    """A managed node group for each size of a queue's nodes, from `min_count` to `max_count`.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        plan: The queues.
        cluster: What the nodes join.
        network: Where they stand; those of a placement group in the first private subnet.
        placement_groups: Name of a node pool -> name of its placement group.
        after: What nodes and the autoscaler's pod need.

    Attributes:
        node_role: Role of the nodes.
        ready: Pods of queues may come after this, and must go before it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: PcsPlan,
        cluster: eks.ICluster,
        network: ClusterNetwork,
        placement_groups: Mapping[str, str],
        after: tuple[IDependable, ...],
    ) -> None:
        super().__init__(scope, construct_id)
        self.node_role = node_role(self, "NodeRole")
        self._plan, self._cluster, self._network = plan, cluster, network
        groups = [
            self._group(queue, node_set, placement_groups.get(queue.node_pool))
            for queue in plan.queues
            for node_set in queue.node_sets
        ]
        for group in groups:
            group.node.add_dependency(*after)
        # What depends on the autoscaler's chart alone is thus deleted before any group.
        self.ready: IDependable = _autoscaler(self, plan, cluster, (*after, *groups))

    def _group(
        self, queue: Queue, node_set: NodeSet, placement_group: str | None
    ) -> eks.CfnNodegroup:
        construct_id = f"{queue.namespace}-{node_set.name}"
        nodes = Nodes(
            name=f"{self._plan.name}-{node_set.name}",
            tags=self._plan.tags,
            node_config=_node_config(queue),
            placement_group=placement_group,
            efa_interfaces=node_set.efa_interfaces,
            security_group_id=self._cluster.cluster_security_group_id,
        )
        subnets = self._network.private_subnet_ids
        return eks.CfnNodegroup(
            self,
            construct_id,
            cluster_name=self._cluster.cluster_name,
            node_role=self.node_role.role_arn,
            subnets=list(subnets[:1] if placement_group else subnets),
            ami_type=_IMAGES[node_set.architecture] + ("_NVIDIA" if node_set.gpus else "_STANDARD"),
            instance_types=list(node_set.instance_types),
            capacity_type=_CAPACITY[queue.capacity_type],
            labels=_labels(queue, node_set),
            taints=[
                eks.CfnNodegroup.TaintProperty(
                    key=names.NAMESPACE_TAINT, value=queue.namespace, effect="NO_SCHEDULE"
                )
            ],
            tags=_offers(node_set),
            launch_template=launch_template(self, f"{construct_id}-template", nodes),
            scaling_config=eks.CfnNodegroup.ScalingConfigProperty(
                min_size=node_set.min_count,
                max_size=node_set.max_count,
                desired_size=node_set.min_count,
            ),
        )


def _labels(queue: Queue, node_set: NodeSet) -> dict[str, str]:
    labels = {names.NODE_POOL_LABEL: queue.node_pool, names.ROLE_LABEL: "jobs"}
    return labels | ({GPU_LABEL: "true"} if node_set.gpus else {})


def _offers(node_set: NodeSet) -> dict[str, str] | None:
    """Resources that the autoscaler cannot know from the instance type."""
    adapters = node_set.efa_interfaces
    return {f"{_RESOURCE_TAG}vpc.amazonaws.com/efa": str(adapters)} if adapters else None


def _node_config(queue: Queue) -> dict[str, Any]:
    config: dict[str, Any] = {"kubelet": {"config": kubernetes.FACTS.kubelet.settings}}
    if queue.local_disks:
        config["instance"] = {"localStorage": {"strategy": "RAID0"}}
    return config


def _autoscaler(
    scope: Construct, plan: PcsPlan, cluster: eks.ICluster, after: tuple[IDependable, ...]
) -> IDependable:
    """Cluster Autoscaler; it finds the groups by tags that EKS puts on them."""
    statements = _statements(plan.name, cdk.Stack.of(scope))
    role = pod_role(scope, "AutoscalerRole", statements=statements)
    acknowledge_wildcards(
        role, statements, "looking has no resources; it changes groups with the cluster's tag alone"
    )
    identity = associate(
        scope,
        "AutoscalerIdentity",
        cluster_name=cluster.cluster_name,
        namespace=names.SYSTEM_NAMESPACE,
        service_account=_ACCOUNT,
        role=role,
    )
    repository, _, tag = kubernetes.FACTS.images.cluster_autoscaler.rpartition(":")
    return install_chart(
        scope,
        "Autoscaler",
        cluster=cluster,
        name="cluster-autoscaler",
        values={
            "autoDiscovery": {"clusterName": plan.name},
            "awsRegion": plan.region,
            "image": {"repository": repository, "tag": tag},
            "nodeSelector": dict(ON_SYSTEM_NODES),
            "rbac": {"serviceAccount": {"name": _ACCOUNT}},
        },
        after=(identity, *after),
        wait=True,
    )


def _statements(name: str, stack: cdk.Stack) -> list[Statement]:
    """As kubernetes/autoscaler, cluster-autoscaler/cloudprovider/aws/README.md, by tags."""
    looks = [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
    ]
    place = f"{stack.region}:{stack.account}"
    return [
        {"Effect": "Allow", "Action": looks, "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": ["eks:DescribeNodegroup"],
            "Resource": f"arn:{stack.partition}:eks:{place}:nodegroup/{name}/*/*",
        },
        {
            "Effect": "Allow",
            "Action": [
                "autoscaling:SetDesiredCapacity",
                "autoscaling:TerminateInstanceInAutoScalingGroup",
            ],
            "Resource": f"arn:{stack.partition}:autoscaling:{place}:autoScalingGroup:*",
            "Condition": {
                "StringEquals": {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{name}": "owned"}
            },
        },
    ]
