"""Plan -> the cluster configuration that AWS ParallelCluster reads; CDK tokens come in as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from petal_constructs.platforms.parallelcluster.accounting_config import (
    DatabaseReferences,
    accounting_lines,
    accounting_settings,
    queue_settings,
)
from petal_constructs.platforms.parallelcluster.storage_config import (
    StorageReferences,
    shared_storage,
)
from petal_constructs.platforms.parallelcluster.values import (
    ComputeResource,
    ParallelClusterPlan,
    Queue,
    Watch,
)


@dataclass(frozen=True, slots=True)
class References:
    """What the configuration names but does not make.

    Attributes:
        head_subnet: Subnet id of the head node.
        compute_subnet: Subnet id of all queues.
        scripts: Where the node files lie, `s3://bucket/prefix` without a final slash.
        policies: ARNs of the managed policies that let nodes read their files and use the mounts.
        head_policies: ARNs of further policies for the head node alone.
        boot_hash: Hash of the node scripts; a new one makes nodes boot anew.
        ssh_security_group: Group that lets in the SSH blocks after the first. Default: none needed.
        storage: Ids of file systems and what concerns all of them.
        database: Where Slurm keeps its records. Default: nowhere.
        head_is_public: Whether the head node stands in a public subnet. Default: it does not.
    """

    head_subnet: str
    compute_subnet: str
    scripts: str
    policies: tuple[str, ...]
    head_policies: tuple[str, ...]
    boot_hash: str
    storage: StorageReferences
    ssh_security_group: str | None = None
    database: DatabaseReferences | None = None
    head_is_public: bool = False


def cluster_config(plan: ParallelClusterPlan, refs: References) -> dict[str, Any]:
    """The configuration, as the tree that its YAML file holds.

    Keys and limits: schema of aws-parallelcluster 3.16.1, 2026-11-22.
    """
    return {
        "Region": plan.region,
        "Image": {"Os": plan.os, **({"CustomAmi": plan.custom_ami} if plan.custom_ami else {})},
        "Imds": {"ImdsSupport": "v2.0"},
        "HeadNode": _head_node(plan, refs),
        "Scheduling": {
            "Scheduler": "slurm",
            "SlurmSettings": _slurm_settings(plan, refs.database),
            "SlurmQueues": [_queue(queue, refs) for queue in plan.queues],
        },
        "SharedStorage": shared_storage(plan, refs.storage),
        **({"Monitoring": watched} if (watched := _monitoring(plan.watch)) else {}),
        **(
            {"Tags": [{"Key": key, "Value": value} for key, value in plan.tags]}
            if plan.tags
            else {}
        ),
    }


def _slurm_settings(
    plan: ParallelClusterPlan, database: DatabaseReferences | None
) -> dict[str, Any]:
    # The seed's own lines come last: what stands twice in slurm.conf has its last value.
    custom = [{key: value} for key, value in (*accounting_lines(plan), *plan.slurm_settings)]
    return {
        "QueueUpdateStrategy": "DRAIN",
        **accounting_settings(plan, database),
        **({"CustomSlurmSettings": custom} if custom else {}),
    }


def _monitoring(watch: Watch) -> dict[str, Any]:
    days = watch.log_retention_days
    closely = {
        "DetailedMonitoring": True,
        "Dashboards": {"CloudWatch": {"Enabled": True}},
        "Alarms": {"Enabled": True},
    }
    logs = {"Logs": {"CloudWatch": {"RetentionInDays": days}}}
    return {**(closely if watch.closely else {}), **(logs if days else {})}


def _head_node(plan: ParallelClusterPlan, refs: References) -> dict[str, Any]:
    key = {"KeyName": plan.network.key_name} if plan.network.key_name else {}
    # An address of its own: one from the subnet would change whenever the head node is stopped.
    address = {"ElasticIp": True} if refs.head_is_public else {}
    database = refs.database.security_group if refs.database else None
    groups = _groups(refs.ssh_security_group, refs.storage.security_group, database)
    return {
        "InstanceType": plan.head_node.instance_type,
        "Networking": {"SubnetId": refs.head_subnet, **address, **groups},
        # AllowedIps takes one block; a security group of petal's own lets in the others.
        "Ssh": {**key, "AllowedIps": plan.network.ssh_from[0]},
        "LocalStorage": {
            # It outlives the cluster where it holds /home.
            "RootVolume": {
                **_root_volume(plan.head_node.root_volume_gib),
                "DeleteOnTermination": plan.homes is not None,
            }
        },
        "CustomActions": {
            # Never changes: ParallelCluster refuses it. What changes is in OnNodeUpdated.
            "OnNodeConfigured": _action(refs, "head"),
            "OnNodeUpdated": _action(refs, "head", refs.boot_hash),
        },
        "Iam": _iam(*refs.policies, *refs.head_policies),
        "Imds": {"Secured": True},
    }


def _queue(queue: Queue, refs: References) -> dict[str, Any]:
    settings = queue_settings(queue)
    placement = {"PlacementGroup": {"Enabled": True}} if queue.placement_group else {}
    return {
        "Name": queue.name,
        "CapacityType": queue.capacity_type,
        "AllocationStrategy": queue.allocation_strategy,
        "Networking": {
            "SubnetIds": [refs.compute_subnet],
            **_groups(refs.storage.security_group),
            **placement,
        },
        "ComputeSettings": {"LocalStorage": {"RootVolume": _root_volume(queue.root_volume_gib)}},
        "CustomActions": {"OnNodeConfigured": _action(refs, "compute", refs.boot_hash)},
        "Iam": _iam(*refs.policies),
        **({"CustomSlurmSettings": settings} if settings else {}),
        "ComputeResources": [
            _compute_resource(resource, efa=queue.efa) for resource in queue.compute_resources
        ],
    }


def _compute_resource(resource: ComputeResource, *, efa: bool) -> dict[str, Any]:
    return {
        "Name": resource.name,
        "Instances": [{"InstanceType": name} for name in resource.instance_types],
        "MinCount": resource.min_count,
        "MaxCount": resource.max_count,
        **({"Efa": {"Enabled": True}} if efa else {}),
    }


def _action(refs: References, role: str, *more: str) -> dict[str, Any]:
    return {"Script": f"{refs.scripts}/petal-node.sh", "Args": [role, refs.scripts, *more]}


def _groups(*ids: str | None) -> dict[str, Any]:
    """Security groups beside ParallelCluster's own."""
    given = [group for group in ids if group]
    return {"AdditionalSecurityGroups": given} if given else {}


def _iam(*policies: str) -> dict[str, Any]:
    return {"AdditionalIamPolicies": [{"Policy": arn} for arn in policies]}


def _root_volume(size_gib: int) -> dict[str, Any]:
    return {"Size": size_gib, "VolumeType": "gp3", "Encrypted": True}
