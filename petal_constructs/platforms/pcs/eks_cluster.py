"""The EKS cluster that Slurm runs on, with all but Slurm: add-ons, nodes, and what starts nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct, DependencyGroup, IDependable

from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.platforms.pcs.add_ons import AddOns
from petal_constructs.platforms.pcs.auto_mode import auto_mode
from petal_constructs.platforms.pcs.calico import calico
from petal_constructs.platforms.pcs.control_plane import control_plane, grant_access
from petal_constructs.platforms.pcs.device_plugins import device_plugins
from petal_constructs.platforms.pcs.karpenter import Karpenter
from petal_constructs.platforms.pcs.load_balancer import load_balancer_controller
from petal_constructs.platforms.pcs.managed_nodes import ManagedNodes
from petal_constructs.platforms.pcs.node_groups import node_role
from petal_constructs.platforms.pcs.system_nodes import system_nodes
from petal_constructs.platforms.pcs.values import PcsPlan

_AUTO_MODE_POLICIES: Final = (
    "AmazonEKSWorkerNodeMinimalPolicy",
    "AmazonEC2ContainerRegistryPullOnly",
)
"""Of nodes that EKS Auto Mode starts; source: EKS user guide, Auto Mode node role."""


class EksCluster(Construct):
    """An EKS cluster ready for Slurm's operator, for node pools and for manifests.

    Billed from the start: the control plane and two system nodes; nodes of queues come and go.
    With EKS Auto Mode the system nodes come and go as well.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`. Renaming it replaces the cluster.
        plan: What to build.
        network: Where it stands: at least two private subnets in two Availability Zones.

    Raises:
        UsageError: No kubectl that fits the cluster's version is installed.

    Attributes:
        cluster: The EKS cluster, to add charts and manifests to.
        node_role: Name of the role of the nodes that queues start.
        security_group_id: Security group of the control plane and of all nodes.
        private_subnet_ids: Where nodes stand.
        placement_groups: Name of a node pool -> name of its placement group, where it has one.
        login_is_public: Whether there are public subnets for the login address.
        ready_for_pods: Manifests with pods and volumes may come after this.
        ready_for_nodes: Node pools, and pods that need them, may come after this.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, plan: PcsPlan, network: ClusterNetwork
    ) -> None:
        super().__init__(scope, construct_id)
        self.plan = plan
        self._network = network
        automatic = plan.kubernetes.node_starter == "auto-mode"
        role = node_role(self, "AutoModeRole", _AUTO_MODE_POLICIES) if automatic else None
        made = control_plane(self, "Cluster", plan=plan, network=network, auto_mode_role=role)
        self.cluster = cast("eks.ICluster", made)  # jsii's class does not declare all members
        grant_access(self, self.cluster, plan)
        self.security_group_id = self.cluster.cluster_security_group_id
        self.private_subnet_ids = network.private_subnet_ids
        self.login_is_public = network.head_is_public
        self.placement_groups = self._placement_groups()
        pods = self._base()
        nodes: tuple[IDependable, ...] = device_plugins(
            self, plan=plan, cluster=self.cluster, after=pods
        )
        if role is None:
            role, starter = self._starter(pods)
            nodes += (starter,)
        self.node_role = role.role_name
        self.ready_for_pods: IDependable = DependencyGroup(*pods)
        self.ready_for_nodes: IDependable = DependencyGroup(*(nodes or pods))

    def _base(self) -> tuple[IDependable, ...]:
        """Add-ons, system nodes, and what serves pods; what came last."""
        plan, cluster, network = self.plan, self.cluster, self._network
        add_ons = AddOns(self, "AddOns", cluster=cluster, plan=plan)
        if plan.kubernetes.node_starter == "auto-mode":
            return add_ons.for_pods(*auto_mode(self, cluster=cluster))
        system = system_nodes(
            self,
            "SystemNodes",
            plan=plan,
            cluster=cluster,
            network=network,
            after=add_ons.for_nodes,
        )
        made = add_ons.for_pods(system)
        if plan.kubernetes.network_policy == "calico":
            made += (calico(self, cluster=cluster, after=(system,)),)
        return (
            load_balancer_controller(self, plan=plan, cluster=cluster, network=network, after=made),
        )

    def _starter(self, after: tuple[IDependable, ...]) -> tuple[iam.Role, IDependable]:
        """What starts nodes of queues, and their role."""
        if self.plan.kubernetes.node_starter == "karpenter":
            karpenter = Karpenter(
                self,
                "Karpenter",
                plan=self.plan,
                cluster=self.cluster,
                subnet_ids=self.private_subnet_ids,
                after=after,
            )
            return karpenter.node_role, karpenter.ready
        managed = ManagedNodes(
            self,
            "Nodes",
            plan=self.plan,
            cluster=self.cluster,
            network=self._network,
            placement_groups=self.placement_groups,
            after=after,
        )
        return managed.node_role, managed.ready

    def _placement_groups(self) -> Mapping[str, str]:
        return {
            queue.node_pool: ec2.CfnPlacementGroup(
                self, f"PlacementGroup-{queue.node_pool}", strategy="cluster"
            ).attr_group_name
            for queue in self.plan.queues
            if queue.placement_group and self.plan.kubernetes.node_starter != "auto-mode"
        }
