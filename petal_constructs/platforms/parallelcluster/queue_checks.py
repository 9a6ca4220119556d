"""What AWS ParallelCluster would refuse in the queues."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import parallelcluster
from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.errors import Problem
from petal_constructs.plan.sizes import by_size, known_types
from petal_constructs.seed.compute import Compute, Queue


def check(path: str, part: Compute) -> list[Problem]:
    """Every problem of the queues below `path`."""
    queues = [(f"{path}.queues[{index}]", queue) for index, queue in enumerate(part.queues)]
    running = [(where, queue) for where, queue in queues if queue.max_count > 0]
    return [
        *_counts(path, queues, running),
        *_architecture(part, running),
        *(p for where, queue in queues for p in _queue(where, queue)),
        *(p for where, queue in running for p in _groups(where, queue)),
    ]


Placed = list[tuple[str, Queue]]


def _counts(path: str, queues: Placed, running: Placed) -> Iterator[Problem]:
    limits = parallelcluster.FACTS.limits
    if not running:
        message = "every queue is switched off (max_count 0), but ParallelCluster needs one"
        yield Problem("P308", f"{path}.queues", message, "raise the max_count of a queue")
        return
    for where, queue in queues:
        if queue.max_count == 0:
            message = f"max_count is 0: {queue.name} is switched off and left out"
            hint = "raise max_count to switch it on"
            yield Problem("P308", f"{where}.max_count", message, hint, level="warning")
    if len(running) > limits.queues:
        message = f"{len(running)} queues are more than ParallelCluster's {limits.queues}"
        hint = "put several instance types into one queue"
        yield Problem("P306", f"{path}.queues", message, hint)
        return
    resources = sum(len(by_size(queue.instance_types)) for _, queue in running)
    if resources > limits.compute_resources:
        message = (
            f"the queues hold {resources} sizes of nodes in all; "
            f"ParallelCluster takes {limits.compute_resources}"
        )
        hint = "types of equal vCPUs and GPUs count once: use fewer sizes"
        yield Problem("P306", f"{path}.queues", message, hint)


def _architecture(part: Compute, running: Placed) -> Iterator[Problem]:
    """One cluster has one architecture, the head node's."""
    for head in known_types([part.head_node] if part.head_node else []):
        for where, queue in running:
            for position, kind in _placed_types(where, queue):
                if kind.architecture != head.architecture:
                    yield Problem(
                        "P304",
                        position,
                        f"{kind.name} is {kind.architecture}, the head node {head.name} is "
                        f"{head.architecture}",
                        "use one architecture in the whole cluster",
                    )


def _placed_types(where: str, queue: Queue) -> Iterator[tuple[str, InstanceType]]:
    for position, name in enumerate(queue.instance_types):
        for kind in known_types([name]):
            yield f"{where}.instance_types[{position}]", kind


def _queue(where: str, queue: Queue) -> Iterator[Problem]:
    facts = parallelcluster.FACTS
    if queue.name in facts.names.forbidden:
        message = f"ParallelCluster does not allow the name {queue.name}"
        yield Problem("P309", f"{where}.name", message, "choose another name")
    if queue.containers:
        yield Problem(
            "P318",
            f"{where}.containers",
            "this version of petal does not build it on parallelcluster",
            "remove containers from the queue for now",
        )
    yield from _capacity(where, queue)
    yield from _interconnect(where, queue)


def _capacity(where: str, queue: Queue) -> Iterator[Problem]:
    allowed = parallelcluster.FACTS.capacity.allocation_strategies[queue.capacity_type]
    strategy = queue.allocation_strategy
    if queue.capacity_type == "CAPACITY_BLOCK":
        yield Problem(
            "P318",
            f"{where}.capacity_type",
            "this version of petal does not build capacity blocks",
            "write ONDEMAND or SPOT",
        )
    elif strategy is not None and strategy not in allowed:
        yield Problem(
            "P314",
            f"{where}.allocation_strategy",
            f"{strategy} does not go with capacity_type {queue.capacity_type}",
            f"choose one of {', '.join(allowed)}",
        )
    if queue.capacity_type == "SPOT":
        for position, kind in _placed_types(where, queue):
            if not kind.spot:
                message = f"{kind.name} is not sold as spot"
                yield Problem("P314", position, message, "write capacity_type: ONDEMAND")


def _interconnect(where: str, queue: Queue) -> Iterator[Problem]:
    for position, kind in _placed_types(where, queue):
        if queue.efa and not kind.efa:
            message = f"{kind.name} has no Elastic Fabric Adapter, but efa is true"
            hint = "choose a type with EFA, such as c6in.32xlarge, or remove efa"
            yield Problem("P315", position, message, hint)
        if queue.placement_group and not kind.placement_group:
            message = f"{kind.name} cannot run in a placement group"
            yield Problem("P316", position, message, "remove placement_group, or this type")


def _groups(where: str, queue: Queue) -> Iterator[Problem]:
    """Each size gets a share of max_count, so there must be at least one node for each."""
    groups = by_size(queue.instance_types)
    if len(groups) > queue.max_count:
        sizes = ", ".join(f"{vcpus} vCPUs" for vcpus, *_ in groups)
        yield Problem(
            "P307",
            f"{where}.max_count",
            f"{queue.max_count} nodes cannot be split over {len(groups)} sizes ({sizes})",
            f"raise max_count to {len(groups)} or more, or use fewer sizes",
        )
