"""Capacity that is reserved: what ParallelCluster, or EC2 after it, would refuse.

Whether a reservation is there, large enough, and in the queue's zone is seen by ParallelCluster
alone, when the cluster is deployed: ec2_validators.py of aws-parallelcluster 3.16.1, 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.errors import Problem
from petal_constructs.platforms.queue_rules import placed_types
from petal_constructs.seed.compute import Queue


def check(where: str, queue: Queue, region: str) -> Iterator[Problem]:
    """Every problem of a queue's reservation."""
    if queue.capacity_type == "CAPACITY_BLOCK":
        yield from _block(where, queue)
    if queue.capacity_reservation is None:
        return
    if queue.capacity_type == "SPOT":
        message = "spot nodes do not start in reservations"
        hint = "write capacity_type: ONDEMAND, or remove capacity_reservation"
        yield Problem("P321", f"{where}.capacity_type", message, hint)
    if queue.capacity_reservation.startswith("cr-"):
        yield from _single(where, queue)
    else:
        yield from _group(where, queue, region)


def _block(where: str, queue: Queue) -> Iterator[Problem]:
    """A Capacity Block is one reservation whose nodes all run, or none."""
    reservation = queue.capacity_reservation or ""
    if not reservation.startswith("cr-"):
        message = "a Capacity Block is named by its id" if reservation else "missing"
        hint = "add capacity_reservation: cr-... with the id of the Capacity Block"
        yield Problem("P320", f"{where}.capacity_reservation", message, hint)
    if 0 < queue.max_count != queue.min_count:
        counts = f"min_count ({queue.min_count}) is not max_count ({queue.max_count})"
        message = f"nodes of a Capacity Block all run, but {counts}"
        hint = "write the number of nodes that you bought as both"
        yield Problem("P320", f"{where}.min_count", message, hint)
    for position, kind in placed_types(where, queue):
        if not kind.capacity_blocks:
            message = f"{kind.name} is not sold in Capacity Blocks"
            yield Problem("P314", position, message, "write capacity_type: ONDEMAND")
    if queue.placement_group:
        message = "a Capacity Block has its place already, and nodes may not start in another one"
        hint = "remove placement_group"
        yield Problem("P324", f"{where}.placement_group", message, hint, level="warning")


def _single(where: str, queue: Queue) -> Iterator[Problem]:
    """One reservation is of one type in one zone."""
    if len(queue.instance_types) > 1:
        message = f"{len(queue.instance_types)} types, but a reservation is of one"
        hint = "leave the type that is reserved, or name a resource group of reservations"
        yield Problem("P321", f"{where}.instance_types", message, hint)
    for key, places in (("subnets", queue.subnets), ("zones", queue.zones)):
        if len(places) > 1:
            message = f"{len(places)} {key}, but a reservation is in one zone"
            yield Problem("P321", f"{where}.{key}", message, "leave the one of the reservation")
    if queue.allocation_strategy and queue.capacity_type == "ONDEMAND":
        message = "nothing to choose: all nodes are of one type, in one reservation"
        hint = "remove allocation_strategy"
        yield Problem("P321", f"{where}.allocation_strategy", message, hint)


def _group(where: str, queue: Queue, region: str) -> Iterator[Problem]:
    named = (queue.capacity_reservation or "").split(":")[3]
    if named != region:
        message = f"a group of reservations in {named}, but the cluster is in {region}"
        hint = f"name a group in {region}"
        yield Problem("P321", f"{where}.capacity_reservation", message, hint)
