"""A queue's counts, split over its sizes of nodes."""

from __future__ import annotations

from petal_constructs.catalog import parallelcluster
from petal_constructs.plan.sizes import by_size, fill_in_order, size_name
from petal_constructs.platforms.parallelcluster.values import ComputeResource
from petal_constructs.seed.compute import Queue


def compute_resources(queue: Queue) -> tuple[ComputeResource, ...]:
    """One compute resource for each size; their counts add up to the queue's."""
    groups = by_size(queue.instance_types)
    accelerators = parallelcluster.FACTS.accelerators
    most = split_evenly(queue.max_count, len(groups))
    least = fill_in_order(queue.min_count, most)
    return tuple(
        ComputeResource(
            name=size_name(size),
            instance_types=tuple(kind.name for kind in kinds),
            min_count=low,
            max_count=high,
            vcpus=size[0],
            memory_gib=min(kind.memory_mib for kind in kinds) / 1024,
            gpus=min(map(accelerators.counted_gpus, kinds)),
        )
        for (size, kinds), low, high in zip(groups.items(), least, most, strict=True)
    )


def split_evenly(total: int, parts: int) -> list[int]:
    """7 over 3 -> 3, 2, 2: adds up exactly, the remainder goes to the first ones."""
    if not parts:
        return []
    share, rest = divmod(total, parts)
    return [share + (index < rest) for index in range(parts)]
