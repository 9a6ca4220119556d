"""Queues of a plan -> `SlurmQueues` of the cluster configuration."""

from __future__ import annotations

from typing import Any

from petal_constructs.errors import UsageError
from petal_constructs.platforms.parallelcluster.accounting_config import queue_settings
from petal_constructs.platforms.parallelcluster.node_config import (
    References,
    action,
    iam,
    more_groups,
    root_volume,
)
from petal_constructs.platforms.parallelcluster.values import ComputeResource, Queue, Script


def slurm_queue(queue: Queue, refs: References) -> dict[str, Any]:
    """A queue, as ParallelCluster takes it.

    Raises:
        UsageError: The queue wants a subnet that the network does not have.
    """
    strategy, settings = queue.allocation_strategy, queue_settings(queue)
    health = {"HealthChecks": {"Gpu": {"Enabled": True}}} if queue.gpu_health_check else {}
    tags = [{"Key": key, "Value": value} for key, value in queue.tags]
    return {
        "Name": queue.name,
        "CapacityType": queue.capacity_type,
        **({"AllocationStrategy": strategy} if strategy else {}),
        **_reservation(queue.reservation),
        "Networking": _networking(queue, refs),
        "ComputeSettings": {"LocalStorage": {"RootVolume": root_volume(queue.root_volume_gib)}},
        "CustomActions": _actions(queue, refs),
        "Iam": iam(*refs.policies, *(refs.script_policies if queue.scripts else ())),
        **({"CustomSlurmSettings": settings} if settings else {}),
        **health,
        **({"Tags": tags} if tags else {}),
        "ComputeResources": [
            _compute_resource(resource, queue) for resource in queue.compute_resources
        ],
    }


def _reservation(reservation: str | None) -> dict[str, Any]:
    if reservation is None:
        return {}
    by_id = reservation.startswith("cr-")
    key = "CapacityReservationId" if by_id else "CapacityReservationResourceGroupArn"
    return {"CapacityReservationTarget": {key: reservation}}


def _networking(queue: Queue, refs: References) -> dict[str, Any]:
    known = refs.private_subnets
    if max(queue.subnets) >= len(known):
        wanted = max(queue.subnets) + 1
        message = f"queue {queue.name} wants {wanted} private subnets, the network has {len(known)}"
        raise UsageError(message)
    placement = {"PlacementGroup": {"Enabled": True}} if queue.placement_group else {}
    return {
        "SubnetIds": [known[place] for place in queue.subnets],
        **more_groups(refs.storage.security_group),
        **placement,
    }


def _actions(queue: Queue, refs: References) -> dict[str, Any]:
    """The site's scripts stand around petal's own, which alone needs no sequence."""
    first = [_script(script) for script in queue.scripts if script.first]
    last = [_script(script) for script in queue.scripts if not script.first]
    ours = action(refs, "compute", refs.boot_hash)
    return {
        **({"OnNodeStart": {"Sequence": first}} if first else {}),
        "OnNodeConfigured": {"Sequence": [ours, *last]} if last else ours,
    }


def _script(script: Script) -> dict[str, Any]:
    return {"Script": script.url, **({"Args": list(script.args)} if script.args else {})}


def _compute_resource(resource: ComputeResource, queue: Queue) -> dict[str, Any]:
    return {
        "Name": resource.name,
        **_types(resource, queue),
        "MinCount": resource.min_count,
        "MaxCount": resource.max_count,
        **({"Efa": {"Enabled": True}} if queue.efa else {}),
        **_no_placement_group(queue),
    }


def _types(resource: ComputeResource, queue: Queue) -> dict[str, Any]:
    """ParallelCluster takes a reservation only with a type that stands alone."""
    if queue.reserves_one_type:
        return {"InstanceType": resource.instance_types[0]}
    return {"Instances": [{"InstanceType": name} for name in resource.instance_types]}


def _no_placement_group(queue: Queue) -> dict[str, Any]:
    """Wanted in so many words where EFA would come with one (EfaPlacementGroupValidator)."""
    if queue.placement_group or not queue.efa or queue.capacity_type == "CAPACITY_BLOCK":
        return {}
    return {"Networking": {"PlacementGroup": {"Enabled": False}}}
