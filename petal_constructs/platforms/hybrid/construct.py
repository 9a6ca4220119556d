"""The construct: ParallelCluster and Slurm on EKS side by side, in a VPC of yours or its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.platforms import Plan
from petal_constructs.platforms.hybrid.values import as_hybrid
from petal_constructs.platforms.parallelcluster.construct import ParallelCluster
from petal_constructs.platforms.parallelcluster.file_systems import FileSystems
from petal_constructs.platforms.pcs.construct import PcsEks, Shared

if TYPE_CHECKING:
    from petal_constructs.platforms.hybrid.entrance import Entrance


class HybridCluster(Construct):
    """Two Slurm clusters for the same people: on AWS ParallelCluster, and on Amazon EKS.

    Defines the network, the file systems and the database that both sides use, then each side as
    it is alone. Both mount the same folders at the same paths, know the same users and reach the
    same buckets. Billed from the start is what either side bills, but network and database once.
    Each side is deleted before what it shares with the other one.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`. Renaming it replaces both clusters.
        plan: What to build; `petal_constructs.plan_seed(seed)` makes one.
        vpc: Network to build in, with private subnets in two zones that reach the internet.
            Default: as the plan says, an existing one by its ids or a new one.

    Raises:
        UsageError: The plan is for another platform, or no kubectl fits the cluster's version.

    Attributes:
        network: Where both sides stand.
        storage: The file systems that both mount.
        parallelcluster: The side on EC2.
        pcs: The side on EKS.

    Example:
        >>> stack = cdk.Stack(cdk.App(), "Hpc", env=cdk.Environment(region="us-east-1"))
        >>> hpc = HybridCluster(stack, "Genomics", plan=plan, vpc=campus_vpc)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: Plan,
        vpc: ec2.IVpc | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.plan = as_hybrid(plan)
        of_pcs = self.plan.pcs
        self.network = ClusterNetwork(
            self, "Network", plan=of_pcs.network, vpc=vpc, zone_ids=of_pcs.zone_ids
        )
        self.storage = FileSystems(self, "Storage", folders=of_pcs.folders, network=self.network)
        records = None
        if of_pcs.accounting:
            # Few clusters keep records, and what the database is made of takes a while to load.
            from petal_constructs.platforms.hybrid.records import Records

            records = Records(self, "Records", network=self.network)
        door = self._entrance()
        self.parallelcluster = ParallelCluster(
            self,
            "ParallelCluster",
            plan=self.plan.parallelcluster,
            vpc=self.network.given,
            storage=self.storage,
            accounting=records.accounting if records else None,
            way_out=door,
        )
        if door is not None:
            self.parallelcluster.resource.node.add_dependency(door)
            address = self.parallelcluster.resource.get_att_string("headNode.privateIpAddress")
            door.name_head_node(self, self.plan.name, address)
        self.pcs = PcsEks(
            self,
            "Pcs",
            plan=of_pcs,
            vpc=self.network.given,
            shared=Shared(self.storage.shared, records, door),
        )

    def _entrance(self) -> Entrance | None:
        if self.plan.parallelcluster.submission is None:
            return None
        from petal_constructs.platforms.hybrid.entrance import Entrance

        return Entrance(self, "Entrance", cluster_name=self.plan.name, network=self.network)

    @property
    def parallelcluster_group_id(self) -> str:
        """Security group that every node of the ParallelCluster side is in, to open ports to."""
        return self.storage.security_group_id

    @property
    def pcs_group_id(self) -> str:
        """Security group that every node of the EKS side is in, to open ports to."""
        return self.pcs.base.security_group_id
