"""Instance types of a queue -> nodes of equal size, and the queue's counts split over them."""

from __future__ import annotations

from collections.abc import Iterable

from petal_constructs.catalog import instance_types
from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.platforms.parallelcluster.values import ComputeResource
from petal_constructs.seed.compute import Queue

Size = tuple[int, int, int, str]
"""vCPUs, GPUs, other accelerators, architecture: equal within one compute resource."""


def known_types(names: Iterable[str]) -> list[InstanceType]:
    """What the catalog knows of these types, in their order; unknown ones are left out."""
    return [found for name in names if (found := instance_types.find(name)) is not None]


def by_size(names: Iterable[str]) -> dict[Size, list[InstanceType]]:
    """The types in groups of one size, in the order in which the seed first names a size."""
    groups: dict[Size, list[InstanceType]] = {}
    for kind in known_types(names):
        size = (kind.vcpus, kind.gpus, kind.accelerators, kind.architecture)
        groups.setdefault(size, []).append(kind)
    return groups


def compute_resources(queue: Queue) -> tuple[ComputeResource, ...]:
    """One compute resource for each size; their counts add up to the queue's."""
    groups = by_size(queue.instance_types)
    most = split_evenly(queue.max_count, len(groups))
    least = fill_in_order(queue.min_count, most)
    return tuple(
        ComputeResource(
            name=_name(size),
            instance_types=tuple(kind.name for kind in kinds),
            min_count=low,
            max_count=high,
            vcpus=size[0],
            memory_gib=min(kind.memory_mib for kind in kinds) / 1024,
            gpus=size[1],
        )
        for (size, kinds), low, high in zip(groups.items(), least, most, strict=True)
    )


def _name(size: Size) -> str:
    """Such as `cpu16` or `gpu4-cpu48`: it stays when a type joins, so that updates work."""
    vcpus, gpus, accelerators, architecture = size
    parts = [f"gpu{gpus}"] if gpus else []
    parts += [f"acc{accelerators}"] if accelerators else []
    parts += [f"cpu{vcpus}"] + (["arm"] if architecture == "arm64" else [])
    return "-".join(parts)


def split_evenly(total: int, parts: int) -> list[int]:
    """7 over 3 -> 3, 2, 2: adds up exactly, the remainder goes to the first ones."""
    if not parts:
        return []
    share, rest = divmod(total, parts)
    return [share + (index < rest) for index in range(parts)]


def fill_in_order(total: int, capacities: list[int]) -> list[int]:
    """5 into 3, 2, 2 -> 3, 2, 0: the most wanted size takes what it can hold."""
    filled = []
    for capacity in capacities:
        taken = min(total, capacity)
        filled.append(taken)
        total -= taken
    return filled
