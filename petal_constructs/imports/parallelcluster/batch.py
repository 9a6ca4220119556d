"""`AwsBatchQueues` of former versions -> `compute.queues`, as near as Slurm comes."""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.imports.parallelcluster.ledger import Part
from petal_constructs.imports.parallelcluster.network import Places, queue_subnets
from petal_constructs.plan.sizes import known_types

_COUNTED: Final = "AWS Batch counts vCPUs; these are nodes of the largest type of the queue"


def batch_queue(part: Part, seed: str, where: Places) -> dict[str, Any]:
    """A queue of AWS Batch as one of Slurm."""
    resources = part.at("ComputeResources").items
    named = [type_ for resource in resources for type_ in resource.at("InstanceTypes").items]
    types: list[str] = []
    for type_ in named:
        if "." in (type_.text or "") and type_.text not in types:
            types.append(type_.text or "")
            type_.become("kept", f"{seed}.instance_types[{len(types) - 1}]")
        else:
            type_.become("decide", "", "a choice of AWS Batch: name instance types in its place")
    kind = part.at("CapacityType").keep(f"{seed}.capacity_type")
    return {
        "name": part.at("Name").keep(f"{seed}.name"),
        "instance_types": types,
        **_counts(resources, types, seed),
        "capacity_type": kind if kind != "ONDEMAND" else None,
        "subnets": where.chosen(queue_subnets(part), seed),
    }


def _counts(resources: tuple[Part, ...], types: list[str], seed: str) -> dict[str, int]:
    vcpus = max((kind.vcpus for kind in known_types(types)), default=0)
    if not vcpus or not resources:
        return {}
    found = {}
    for key, to in (("MinvCpus", "min_count"), ("MaxvCpus", "max_count")):
        parts = [resource.at(key) for resource in resources]
        nodes = sum((part.number or 0) for part in parts) // vcpus
        if any(part.number is not None for part in parts):
            found[to] = min(nodes, 1000)
        for part in parts:
            part.become("changed", f"{seed}.{to}", _COUNTED)
    return found
