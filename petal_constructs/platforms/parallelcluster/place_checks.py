"""Where the nodes of a queue stand: subnets or zones, out of those of the network."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.errors import Problem
from petal_constructs.seed.compute import Queue
from petal_constructs.seed.network import Network
from petal_constructs.seed.suggest import one_of
from petal_constructs.seed.unique import unique


def check(where: str, queue: Queue, network: Network) -> Iterator[Problem]:
    """Every problem of a queue's place."""
    yield from _chosen(f"{where}.subnets", queue.subnets, "private_subnets", network)
    yield from _chosen(f"{where}.zones", queue.zones, "zones", network)
    if max(len(queue.subnets), len(queue.zones)) > 1:
        yield from _spread(where, queue)


def _chosen(path: str, names: tuple[str, ...], key: str, network: Network) -> Iterator[Problem]:
    """An existing network has subnets, a new one zones."""
    if not names:
        return
    known: tuple[str, ...] = getattr(network, key)
    if not known:
        hint = f"add {key}: to network with all that queues choose from, or remove it here"
        if key == "zones" and network.vpc_id:
            hint = "write subnets: with ids out of network.private_subnets"
        yield Problem("P322", path, f"chosen out of network.{key}, which is missing", hint)
        return
    for index, name in enumerate(names):
        if name not in known:
            message = f"{name} is not one of network.{key}"
            yield Problem("P322", f"{path}[{index}]", message, one_of(known))
    each = [(f"{path}[{index}]", name) for index, name in enumerate(names)]
    yield from unique(each, "name each of them once")


def _spread(where: str, queue: Queue) -> Iterator[Problem]:
    """What ties nodes to one zone: EfaMultiAzValidator, MultiAzPlacementGroupValidator."""
    tied = (
        ("efa", queue.efa, "EFA does not reach from one zone into another"),
        ("placement_group", queue.placement_group, "a placement group lies in one zone"),
    )
    for key, wanted, message in tied:
        if wanted:
            hint = f"leave one of the queue's zones, or remove {key}"
            yield Problem("P323", f"{where}.{key}", message, hint)
