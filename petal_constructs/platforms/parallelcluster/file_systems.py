"""File systems that petal's stack makes and ParallelCluster mounts by their ids."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.constructs.storage import Place, SharedStorage
from petal_constructs.plan.values import SharedFolder


class FileSystems(Construct):
    """New file systems, and the security group by which they know the nodes.

    ParallelCluster makes the nodes' own groups later, and lets nobody into a file system that it
    did not make. So every node joins this group as well.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`. Renaming it replaces the file systems.
        folders: New file systems, EFS and FSx for Lustre.
        network: Where the nodes stand.

    Attributes:
        shared: The file systems.
        ids: Name of a folder -> id of its file system.
        security_group_id: Of the nodes.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        folders: Sequence[SharedFolder],
        network: ClusterNetwork,
    ) -> None:
        super().__init__(scope, construct_id)
        nodes = ec2.CfnSecurityGroup(
            self,
            "Nodes",
            group_description="Nodes that mount the shared file systems",
            vpc_id=network.vpc_id,
        )
        self.security_group_id = nodes.attr_group_id
        subnets = network.private_subnet_ids or (network.compute_subnet_id,)
        place = Place(network.vpc_id, subnets, self.security_group_id)
        self.shared = SharedStorage(self, "Files", folders=folders, place=place)
        self.ids = {name: files.id for name, files in self.shared.files.items()}
