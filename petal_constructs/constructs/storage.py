"""File systems that every node mounts: made here, or existing ones by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from constructs import Construct, IDependable, Node

from petal_constructs.constructs.keep import removal_policy
from petal_constructs.plan.values import FileSystem, SharedFolder

NFS: Final = (2049, 2049)

_TLS_ONLY: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "elasticfilesystem:ClientMount",
                "elasticfilesystem:ClientWrite",
                "elasticfilesystem:ClientRootAccess",
            ],
            "Condition": {
                "Bool": {
                    "elasticfilesystem:AccessedViaMountTarget": "true",
                    "aws:SecureTransport": "true",
                }
            },
        }
    ],
}
"""Who reaches a mount target may mount, if the traffic is encrypted (EFS User Guide, file system
policies). The security group decides who reaches it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where file systems stand and who mounts them: ids, or CDK tokens of them."""

    vpc_id: str
    subnet_ids: Sequence[str]
    """One private subnet for each Availability Zone of the nodes; the first takes file systems that
    stand in one zone."""
    nodes_group_id: str
    """Security group of the nodes."""


class Made(Protocol):
    """A file system that petal makes."""

    @property
    def node(self) -> Node:
        """Its place in the app."""

    def let_in(self, scope: Construct, nodes_group_id: str) -> None:
        """Let the nodes of a security group mount it; `scope` has the rules."""


class SharedStorage(Construct):
    """The file systems of a cluster, in its private subnets.

    New ones are encrypted, and billed by what they hold (EFS) or by their size (FSx for Lustre).
    They stay when the stack is deleted, and go only when its creation fails. One that the seed does
    not keep goes with the stack if the app's context says so too: `-c petal:destroy-data=true`.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`. Renaming it replaces the file systems.
        folders: What to mount; names are unique.
        place: Where.

    Attributes:
        files: Name of a folder -> its file system.
        ready: What must exist before a node mounts; deleted after the nodes.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        folders: Sequence[SharedFolder],
        place: Place,
    ) -> None:
        super().__init__(scope, construct_id)
        self._made: list[Made] = []
        self.files = {folder.name: self._file_system(folder, place) for folder in folders}
        self.ready: IDependable = self

    def _file_system(self, folder: SharedFolder, place: Place) -> FileSystem:
        if folder.kind == "efs":
            return FileSystem(folder.id or self._new_efs(folder, place).id)
        # Few clusters have a Lustre, and what it is made of takes a while to load.
        from petal_constructs.constructs.lustre import ExistingLustre, Lustre

        if folder.id:
            return ExistingLustre(self, folder.name, file_system_id=folder.id).file_system
        made = Lustre(self, folder.name, folder=folder, place=place)
        self._made.append(made)
        return made.file_system

    def _new_efs(self, folder: SharedFolder, place: Place) -> Efs:
        made = Efs(self, folder.name, folder=folder, place=place)
        self._made.append(made)
        return made

    def let_in(self, scope: Construct, nodes_group_id: str) -> None:
        """Let the nodes of one more security group mount what is made here.

        Args:
            scope: Construct that the rules are part of; who mounts comes after it.
            nodes_group_id: The group. Existing file systems must let it in themselves.
        """
        for made in self._made:
            made.let_in(Construct(scope, made.node.id), nodes_group_id)


class Efs(Construct):
    """An EFS file system that grows by itself, with a mount target in each subnet.

    Attributes:
        id: Id of the file system.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, folder: SharedFolder, place: Place
    ) -> None:
        super().__init__(scope, construct_id)
        files = efs.CfnFileSystem(
            self,
            "Resource",
            encrypted=True,
            throughput_mode="elastic",
            backup_policy=efs.CfnFileSystem.BackupPolicyProperty(status="ENABLED"),
            lifecycle_policies=[
                efs.CfnFileSystem.LifecyclePolicyProperty(transition_to_ia="AFTER_30_DAYS")
            ],
            file_system_policy=_TLS_ONLY,
            file_system_tags=[
                efs.CfnFileSystem.ElasticFileSystemTagProperty(
                    key="Name", value=name_tag(self, folder)
                )
            ],
        )
        files.apply_removal_policy(removal_policy(self, folder))
        self.id = files.ref
        group = security_group(self, f"NFS to {folder.name} from the nodes", place)
        self._group = group
        self.let_in(self, place.nodes_group_id)
        for number, subnet_id in enumerate(place.subnet_ids):
            efs.CfnMountTarget(
                self,
                f"Target{number}",
                file_system_id=self.id,
                subnet_id=subnet_id,
                security_groups=[group.attr_group_id],
            )

    def let_in(self, scope: Construct, nodes_group_id: str) -> None:
        """Let the nodes of a security group mount it; `scope` has the rule."""
        let_in(scope, "Nodes", NFS, to=self._group, source=nodes_group_id)


def name_tag(scope: Construct, folder: SharedFolder) -> str:
    """Tag `Name` of a file system: what is kept tells whose it was."""
    return f"{cdk.Stack.of(scope).stack_name} {folder.name}"


def security_group(scope: Construct, description: str, place: Place) -> ec2.CfnSecurityGroup:
    """The security group of a file system, without rules."""
    return ec2.CfnSecurityGroup(scope, "Group", group_description=description, vpc_id=place.vpc_id)


def let_in(
    scope: Construct,
    construct_id: str,
    ports: tuple[int, int],
    *,
    to: ec2.CfnSecurityGroup | str,
    source: ec2.CfnSecurityGroup | str,
) -> ec2.CfnSecurityGroupIngress:
    """Open TCP ports of one security group, first to last, to another one.

    A rule is a resource of its own, so that a group that stays holds no other one back.
    """
    return ec2.CfnSecurityGroupIngress(
        scope,
        construct_id,
        group_id=to if isinstance(to, str) else to.attr_group_id,
        ip_protocol="tcp",
        from_port=ports[0],
        to_port=ports[1],
        source_security_group_id=source if isinstance(source, str) else source.attr_group_id,
    )
