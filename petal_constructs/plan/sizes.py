"""Instance types of a queue in groups of one size: what is the same on every platform."""

from __future__ import annotations

from collections.abc import Iterable

from petal_constructs.catalog import instance_types
from petal_constructs.catalog.instance_types import InstanceType

Size = tuple[int, int, int, str]
"""vCPUs, GPUs, other accelerators, architecture: equal within one group."""


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


def size_name(size: Size) -> str:
    """Such as `cpu16` or `gpu4-cpu48`: it stays when a type joins, so that updates work."""
    vcpus, gpus, accelerators, architecture = size
    parts = [f"gpu{gpus}"] if gpus else []
    parts += [f"acc{accelerators}"] if accelerators else []
    parts += [f"cpu{vcpus}"] + (["arm"] if architecture == "arm64" else [])
    return "-".join(parts)


def fill_in_order(total: int, capacities: list[int]) -> list[int]:
    """5 into 3, 2, 2 -> 3, 2, 0: the most wanted size takes what it can hold."""
    filled = []
    for capacity in capacities:
        taken = min(total, capacity)
        filled.append(taken)
        total -= taken
    return filled
