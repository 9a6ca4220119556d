"""Queues that start nodes in one reservation."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.errors import Problem
from petal_constructs.platforms import queue_rules
from petal_constructs.seed.compute import Compute, Queue
from petal_constructs.seed.network import Network


def check(path: str, part: Compute, network: Network) -> Iterator[Problem]:
    """A reservation is of one kind, one type and in one zone, whoever uses it."""
    first: dict[str, Queue] = {}
    for where, queue in queue_rules.running(queue_rules.placed(path, part)):
        reservation = queue.capacity_reservation or ""
        if not reservation.startswith("cr-") or queue.capacity_type == "SPOT":  # P321 says it
            continue
        other = first.setdefault(reservation, queue)
        for key, mine, theirs in _traits(queue, other, network):
            if mine != theirs:
                message = f"{other.name} takes {reservation} for {key} {theirs}, not {mine}"
                hint = "name another reservation, or make both queues alike"
                yield Problem("P374", f"{where}.capacity_reservation", message, hint)
                break


def _traits(queue: Queue, other: Queue, network: Network) -> Iterator[tuple[str, str, str]]:
    """What a reservation fixes; subnets are left out, for nothing tells their zones."""
    yield "capacity_type", queue.capacity_type, other.capacity_type
    yield "instance type", queue.instance_types[0], other.instance_types[0]
    if not network.vpc_id:
        yield "zone", _zone(queue, network), _zone(other, network)


def _zone(queue: Queue, network: Network) -> str:
    return next(iter((*queue.zones, *network.zones)), "of the head node")
