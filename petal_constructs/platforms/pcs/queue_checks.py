"""What Slurm on Amazon EKS would refuse in the queues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog import instance_types, pcs
from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.errors import Problem
from petal_constructs.plan.sizes import known_types
from petal_constructs.platforms import queue_rules
from petal_constructs.platforms.pcs import job_images, limits, slurmd_checks
from petal_constructs.platforms.pcs.pods import pod_size
from petal_constructs.platforms.pcs.values import NodeStarter, PcsPlan
from petal_constructs.platforms.queue_rules import placed_types
from petal_constructs.seed.compute import Compute, Queue
from petal_constructs.seed.model import Seed

_KARPENTER_BUYS: Final = {"SPOT": "price-capacity-optimized", "ONDEMAND": "lowest-price"}
"""Allocation strategies of aws/karpenter-provider-aws v1.14.1, pkg/providers/instance/types.go."""
_STARTERS: Final[dict[NodeStarter, str]] = {
    "karpenter": "Karpenter",
    "managed-node-groups": "managed node groups",
    "auto-mode": "EKS Auto Mode",
}


def check(path: str, part: Compute, plan: PcsPlan, seed: Seed) -> list[Problem]:
    """Every problem of the queues below `path`."""
    queues = queue_rules.placed(path, part)
    starter = plan.kubernetes.node_starter
    return [
        *queue_rules.switched_off(path, queues, "jobs need one"),
        *(p for where, queue in queues for p in _queue(where, queue, starter)),
        *queue_rules.unlisted_images(queues, seed.software.containers),
        *job_images.check(queues, seed.software.containers),
        *slurmd_checks.check(queues, seed.software.containers),
    ]


def _queue(where: str, queue: Queue, starter: NodeStarter) -> Iterator[Problem]:
    yield from _name(where, queue)
    yield from _reserved(where, queue)
    yield from _left_aside(where, queue)
    yield from queue_rules.spot(where, queue)
    yield from queue_rules.interconnect(where, queue)
    yield from _starter(where, queue, starter)
    yield from _strategy(where, queue, starter)
    yield from _types(where, queue)
    yield from _architectures(where, queue)


def _reserved(where: str, queue: Queue) -> Iterator[Problem]:
    """Nodes outside of what is reserved would be paid for beside it."""
    block = queue.capacity_type == "CAPACITY_BLOCK"
    for key, wanted in (
        ("capacity_type", block),
        ("capacity_reservation", not block and queue.capacity_reservation),
    ):
        if wanted:
            message = "this version of petal does not build reserved capacity on pcs"
            hint = "write ONDEMAND or SPOT" if block else "remove capacity_reservation"
            yield Problem("P318", f"{where}.{key}", message, hint)


def _left_aside(where: str, queue: Queue) -> Iterator[Problem]:
    """Keys of parallelcluster, which one seed for both may well hold."""
    aside = {
        "subnets": "nodes stand in any private subnet",
        "zones": "nodes stand in any zone",
        "scripts": "nodes run pods alone",
        "tags": "nodes have those of the cluster",
        "gpu_health_check": "no GPU is tested there",
    }
    for key, instead in aside.items():
        if getattr(queue, key):
            message = f"pcs leaves it aside: {instead}"
            hint = f"nothing is to be done; remove {key} if the seed is for pcs alone"
            yield Problem("P402", f"{where}.{key}", message, hint, level="warning")


def _name(where: str, queue: Queue) -> Iterator[Problem]:
    if queue.name in pcs.FACTS.slurm.queue_names:
        message = f"slurm.conf uses {queue.name} for settings of all partitions"
        yield Problem("P309", f"{where}.name", message, "choose another name")
    yield from limits.no_final_hyphen(f"{where}.name", queue.name)


def _starter(where: str, queue: Queue, starter: NodeStarter) -> Iterator[Problem]:
    """The node classes of EKS Auto Mode take neither placement groups nor adapters."""
    if starter != "auto-mode":
        return
    for key, wanted in (("efa", queue.efa), ("placement_group", queue.placement_group)):
        if wanted:
            message = "EKS Auto Mode starts no nodes with it"
            hint = f"remove {key}, or eks.karpenter to let Karpenter start them"
            yield Problem("P407", f"{where}.{key}", message, hint)


def _strategy(where: str, queue: Queue, starter: NodeStarter) -> Iterator[Problem]:
    wanted = queue.allocation_strategy
    does = _KARPENTER_BUYS.get(queue.capacity_type) if starter == "karpenter" else None
    if wanted and wanted != does:
        how = f", which buys {queue.capacity_type} by {does}" if does else ""
        yield Problem(
            "P408",
            f"{where}.allocation_strategy",
            f"{wanted} is left to {_STARTERS[starter]}{how}",
            "nothing is to be done; remove allocation_strategy if the seed is for pcs alone",
            level="warning",
        )


def _types(where: str, queue: Queue) -> Iterator[Problem]:
    for position, kind in placed_types(where, queue):
        if kind.accelerators:
            message = f"{kind.name} has accelerators that petal does not give to pods yet"
            hint = "choose a type with NVIDIA GPUs, or build this queue on parallelcluster"
            yield Problem("P409", position, message, hint)
        elif kind.name.partition(".")[0] in pcs.FACTS.instances.families_without_image:
            message = f"the image of EKS nodes does not run on {kind.name}"
            yield Problem("P424", position, message, "choose a type of a newer generation")
        elif pod_size([kind], efa=queue.efa) is None:
            larger = _smallest_that_fits(kind, queue)
            message = f"{kind.name} is too small for a node of Kubernetes that runs jobs"
            hint = f"choose {larger} or a larger type" if larger else "choose a larger type"
            yield Problem("P410", position, message, hint)


def _smallest_that_fits(small: InstanceType, queue: Queue) -> str | None:
    """The next size of the same family that holds a pod."""
    family = small.name.partition(".")[0] + "."
    sisters = known_types(name for name in instance_types.names() if name.startswith(family))
    fitting = [kind for kind in sisters if pod_size([kind], efa=queue.efa) is not None]
    return min(fitting, key=lambda kind: (kind.vcpus, kind.memory_mib)).name if fitting else None


def _architectures(where: str, queue: Queue) -> Iterator[Problem]:
    kinds = [kind for _, kind in placed_types(where, queue)]
    found = tuple(dict.fromkeys(kind.architecture for kind in kinds))
    if len(found) > 1:
        yield Problem(
            "P411",
            f"{where}.instance_types",
            f"jobs of {queue.name} may start on {' and on '.join(found)}",
            "give images of both, or make a queue for each architecture",
            level="warning",
        )
