"""Karpenter: starts nodes for pods of queues, and ends them when nothing needs them."""

from __future__ import annotations

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IDependable

from petal_constructs.constructs.acknowledge import acknowledge
from petal_constructs.platforms.pcs.helm import install_chart
from petal_constructs.platforms.pcs.karpenter_policies import Place, policies
from petal_constructs.platforms.pcs.names import ON_SYSTEM_NODES, SYSTEM_NAMESPACE
from petal_constructs.platforms.pcs.node_groups import node_role
from petal_constructs.platforms.pcs.pod_identity import (
    acknowledge_wildcards,
    associate,
    pod_role,
)
from petal_constructs.platforms.pcs.system_pool import karpenter_nodes
from petal_constructs.platforms.pcs.values import PcsPlan

_EVENTS: Final = {
    "ScheduledChange": ("aws.health", "AWS Health Event"),
    "SpotInterruption": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "Rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "InstanceStateChange": ("aws.ec2", "EC2 Instance State-change Notification"),
    "CapacityReservationInterruption": (
        "aws.ec2",
        "EC2 Capacity Reservation Instance Interruption Warning",
    ),
}
_RESOURCES: Final = {"cpu": "1", "memory": "1Gi"}
"""Requests and limits in Karpenter's getting-started guide."""


class Karpenter(Construct):
    """Karpenter's controller, with what it is told by AWS and what it may do there.

    A node pool for the cluster's own pods takes what the managed group of system nodes, on which
    Karpenter itself runs, has no room for.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        plan: Name and region of the cluster.
        cluster: Where it runs.
        subnet_ids: Where its nodes stand.
        after: What its pods need.

    Attributes:
        node_role: Role of the nodes that it starts.
        ready: Node pools may come after this, and must go before it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: PcsPlan,
        cluster: eks.ICluster,
        subnet_ids: tuple[str, ...],
        after: tuple[IDependable, ...],
    ) -> None:
        super().__init__(scope, construct_id)
        self.node_role = node_role(self, "NodeRole")
        self._plan, self._cluster = plan, cluster
        controller = self._controller(after)
        self.ready: IDependable = self._system_nodes(subnet_ids, controller)

    def _controller(self, after: tuple[IDependable, ...]) -> IDependable:
        cluster = self._cluster
        access = eks.CfnAccessEntry(
            self,
            "NodeAccess",
            cluster_name=cluster.cluster_name,
            principal_arn=self.node_role.role_arn,
            type="EC2_LINUX",
        )
        queue = self._queue()
        identity = associate(
            self,
            "Identity",
            cluster_name=cluster.cluster_name,
            namespace=SYSTEM_NAMESPACE,
            service_account="karpenter",
            role=self._role(queue),
        )
        crds = install_chart(self, "Crds", cluster=cluster, name="karpenter-crd", after=after)
        return install_chart(
            self,
            "Chart",
            cluster=cluster,
            name="karpenter",
            values=_values(self._plan, queue),
            after=(crds, identity, access),
            wait=True,
        )

    def _system_nodes(self, subnet_ids: tuple[str, ...], after: IDependable) -> IDependable:
        nodes = karpenter_nodes(
            self._plan,
            role=self.node_role.role_name,
            security_group_id=self._cluster.cluster_security_group_id,
            subnet_ids=subnet_ids,
        )
        manifest = eks.KubernetesManifest(
            self, "SystemNodes", cluster=self._cluster, manifest=nodes
        )
        manifest.node.add_dependency(after)
        return manifest

    def _queue(self) -> sqs.CfnQueue:
        """What AWS tells of nodes that will stop, for five minutes."""
        queue = sqs.CfnQueue(
            self, "Interruptions", message_retention_period=300, sqs_managed_sse_enabled=True
        )
        sqs.CfnQueuePolicy(
            self,
            "InterruptionsPolicy",
            queues=[queue.ref],
            policy_document=_queue_policy(queue.attr_arn),
        )
        for name, (source, kind) in _EVENTS.items():
            events.CfnRule(
                self,
                name,
                event_pattern={"source": [source], "detail-type": [kind]},
                targets=[events.CfnRule.TargetProperty(id="Karpenter", arn=queue.attr_arn)],
            )
        acknowledge(queue, {"SQS3": "a message that nobody reads within minutes is worthless"})
        return queue

    def _role(self, queue: sqs.CfnQueue) -> iam.CfnRole:
        """The controller's role; the policies are its property, so that none goes before it."""
        stack = cdk.Stack.of(self)
        place = Place(
            cluster=self._plan.name,
            partition=stack.partition,
            region=stack.region,
            account=stack.account,
            node_role_arn=self.node_role.role_arn,
            queue_arn=queue.attr_arn,
        )
        spot = any(queue.capacity_type == "SPOT" for queue in self._plan.queues)
        role = pod_role(self, "Role")
        arns = []
        for name, statements in policies(place, spot=spot).items():
            policy = iam.CfnManagedPolicy(
                self,
                name,
                policy_document={"Version": "2012-10-17", "Statement": statements},
            )
            arns.append(policy.ref)
            acknowledge_wildcards(
                policy, statements, "Karpenter's own policy, narrowed by the cluster's tags"
            )
        role.managed_policy_arns = arns
        return role


def _values(plan: PcsPlan, queue: sqs.CfnQueue) -> dict[str, Any]:
    return {
        "settings": {"clusterName": plan.name, "interruptionQueue": queue.attr_queue_name},
        "replicas": 2,
        "nodeSelector": dict(ON_SYSTEM_NODES),
        "controller": {"resources": {"requests": _RESOURCES, "limits": _RESOURCES}},
    }


def _queue_policy(arn: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["events.amazonaws.com", "sqs.amazonaws.com"]},
                "Action": "sqs:SendMessage",
                "Resource": arn,
            },
            {
                "Sid": "DenyHTTP",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }
