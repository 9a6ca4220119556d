"""FSx for Lustre file systems: made here, or existing ones by their ids."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_fsx as fsx
from constructs import Construct

from petal_constructs.constructs.asked import asked
from petal_constructs.constructs.keep import removal_policy
from petal_constructs.constructs.storage import Place, let_in, name_tag, security_group
from petal_constructs.plan.values import FileSystem, SharedFolder

PORTS: Final = {"Lnet": (988, 988), "Servers": (1018, 1023)}
"""Between clients and servers in both directions, and among servers (FSx for Lustre User Guide,
file system access control with Amazon VPC)."""

VERSION: Final = "2.15"
"""The one that clients on the newest kernels speak (aws-fsx-csi-driver v1.9.0, docs/install.md)."""
THROUGHPUT: Final = 125
"""MB/s for each TiB: the least, and the cheapest, of PERSISTENT_2 (CloudFormation User Guide)."""

IMPORTED: Final = ("NEW", "CHANGED", "DELETED")
EXPORTED: Final = ("NEW", "CHANGED")
"""No deletion: what is removed from scratch must not be lost in the bucket."""


class Lustre(Construct):
    """A persistent FSx for Lustre file system in one Availability Zone.

    Attributes:
        file_system: How nodes mount it.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, folder: SharedFolder, place: Place
    ) -> None:
        super().__init__(scope, construct_id)
        group = security_group(self, f"Lustre to {folder.name} from the nodes", place)
        # Its network interfaces hold the group as long as the file system is there.
        group.apply_removal_policy(removal_policy(self, folder))
        self._group = group
        self.let_in(self, place.nodes_group_id)
        own = [
            let_in(self, f"Own{name}", ports, to=group, source=group)
            for name, ports in PORTS.items()
        ]
        files = fsx.CfnFileSystem(
            self,
            "Resource",
            file_system_type="LUSTRE",
            file_system_type_version=VERSION,
            storage_capacity=folder.size_gib,
            subnet_ids=[place.subnet_ids[0]],
            security_group_ids=[group.attr_group_id],
            lustre_configuration=fsx.CfnFileSystem.LustreConfigurationProperty(
                deployment_type="PERSISTENT_2",
                per_unit_storage_throughput=THROUGHPUT,
                data_compression_type="LZ4",
            ),
            tags=[cdk.CfnTag(key="Name", value=name_tag(self, folder))],
        )
        # FSx creates none whose servers cannot reach one another (aws-parallelcluster issue 6181).
        files.node.add_dependency(*own)
        files.apply_removal_policy(removal_policy(self, folder))
        if folder.import_from:
            self._repository(files, folder, folder.import_from)
        self.file_system = FileSystem(files.ref, files.attr_dns_name, files.attr_lustre_mount_name)

    def let_in(self, scope: Construct, nodes_group_id: str) -> None:
        """Let the nodes of a security group mount it; `scope` has the rules."""
        for name, ports in PORTS.items():
            let_in(scope, f"Nodes{name}", ports, to=self._group, source=nodes_group_id)
            let_in(scope, f"Back{name}", ports, to=nodes_group_id, source=self._group)

    def _repository(self, files: fsx.CfnFileSystem, folder: SharedFolder, url: str) -> None:
        """Link the whole file system to a bucket: objects are listed at once and read when used.

        Source: CloudFormation User Guide, AWS::FSx::DataRepositoryAssociation, 2026-11-22.
        """
        of = fsx.CfnDataRepositoryAssociation
        export = of.AutoExportPolicyProperty(events=list(EXPORTED)) if folder.export else None
        link = of(
            self,
            "Repository",
            file_system_id=files.ref,
            file_system_path="/",
            data_repository_path=url,
            batch_import_meta_data_on_create=True,
            s3=of.S3Property(
                auto_import_policy=of.AutoImportPolicyProperty(events=list(IMPORTED)),
                auto_export_policy=export,
            ),
        )
        # A file system that stays goes on following its bucket.
        link.apply_removal_policy(removal_policy(self, folder))


class ExistingLustre(Construct):
    """An FSx for Lustre file system of yours, which must let the nodes in.

    Its mount name is asked for when the stack is deployed, so that synthesis is offline.

    Attributes:
        file_system: How nodes mount it.
    """

    def __init__(self, scope: Construct, construct_id: str, *, file_system_id: str) -> None:
        super().__init__(scope, construct_id)
        dns_name, mount_name = asked(
            self,
            "Resource",
            service="fsx",
            action="DescribeFileSystems",
            parameters={"FileSystemIds": [file_system_id]},
            about=file_system_id,
            paths=("FileSystems.0.DNSName", "FileSystems.0.LustreConfiguration.MountName"),
        )
        self.file_system = FileSystem(file_system_id, dns_name, mount_name)
