"""What the configuration says alike of several kinds of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from petal_constructs.platforms.parallelcluster.accounting_config import DatabaseReferences
from petal_constructs.platforms.parallelcluster.storage_config import StorageReferences


@dataclass(frozen=True, slots=True)
class References:
    """What the configuration names but does not make.

    Attributes:
        head_subnet: Subnet id of the head node.
        private_subnets: Ids of the subnets that queues choose from.
        scripts: Where the node files lie, `s3://bucket/prefix` without a final slash.
        policies: ARNs of the managed policies that let nodes read their files and use the mounts.
        head_policies: ARNs of further policies for the head node alone.
        script_policies: ARNs of further policies for nodes that run scripts of the site.
        boot_hash: Hash of the node scripts; a new one makes nodes boot anew.
        ssh_security_group: Group that lets in the SSH blocks after the first. Default: none needed.
        storage: Ids of file systems and what concerns all of them.
        database: Where Slurm keeps its records. Default: nowhere.
        submit_group: Group of the nodes that people log in to, where they submit to another cluster
            as well. Default: they do not.
        head_is_public: Whether the head node stands in a public subnet. Default: it does not.
    """

    head_subnet: str
    private_subnets: tuple[str, ...]
    scripts: str
    policies: tuple[str, ...]
    head_policies: tuple[str, ...]
    script_policies: tuple[str, ...]
    boot_hash: str
    storage: StorageReferences
    ssh_security_group: str | None = None
    database: DatabaseReferences | None = None
    submit_group: str | None = None
    head_is_public: bool = False


def action(refs: References, role: str, *more: str) -> dict[str, Any]:
    """Petal's own script, which makes a node the seed's."""
    return {"Script": f"{refs.scripts}/petal-node.sh", "Args": [role, refs.scripts, *more]}


def more_groups(*ids: str | None) -> dict[str, Any]:
    """Security groups beside ParallelCluster's own."""
    given = [group for group in ids if group]
    return {"AdditionalSecurityGroups": given} if given else {}


def iam(*policies: str) -> dict[str, Any]:
    """Managed policies of a node's role, by ARN."""
    return {"AdditionalIamPolicies": [{"Policy": arn} for arn in policies]}


def root_volume(size_gib: int) -> dict[str, Any]:
    """The disk of a node."""
    return {"Size": size_gib, "VolumeType": "gp3", "Encrypted": True}
