"""Instance types with GPUs or other chips that ParallelCluster does not take, or not together."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import instance_types, parallelcluster
from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.errors import Problem
from petal_constructs.plan.sizes import by_size, known_types
from petal_constructs.platforms import queue_rules
from petal_constructs.platforms.queue_rules import placed_types
from petal_constructs.seed.compute import Compute, Queue


def check(path: str, part: Compute) -> list[Problem]:
    """Every problem of the types below `path`."""
    running = queue_rules.running(queue_rules.placed(path, part))
    head = [(f"{path}.head_node", kind) for kind in known_types([part.head_node or ""])]
    queued = [found for where, queue in running for found in placed_types(where, queue)]
    return [
        *(p for where, kind in (*head, *queued) for p in _driver(where, kind)),
        *(p for where, queue in running for p in _mixed(where, queue)),
    ]


def _driver(where: str, kind: InstanceType) -> Iterator[Problem]:
    """Withdrawn types are told of elsewhere: nobody can start one."""
    old = parallelcluster.FACTS.accelerators.no_driver
    if kind.family in old and instance_types.withdrawn(kind.name) is None:
        message = f"ParallelCluster's images have no driver for the GPUs of {kind.name}"
        hint = "choose a type with newer GPUs, such as p4d.24xlarge"
        yield Problem("P370", where, message, hint)


def _mixed(where: str, queue: Queue) -> Iterator[Problem]:
    """Types of one size are one group, whose accelerators ParallelCluster counts for itself."""
    uncounted = parallelcluster.FACTS.accelerators.not_counted
    for kinds in by_size(queue.instance_types).values():
        names = {kind.name: kind.family in uncounted for kind in kinds}
        without = next((name for name, lacks in names.items() if lacks), None)
        counted = next((name for name, lacks in names.items() if not lacks), None)
        if without and counted:
            index = queue.instance_types.index(without)
            message = f"ParallelCluster counts no accelerator in {without}, but one in {counted}"
            hint = f"put {without} into a queue of its own"
            yield Problem("P371", f"{where}.instance_types[{index}]", message, hint)
