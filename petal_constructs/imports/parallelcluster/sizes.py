"""Compute resources of a queue -> its instance types and counts."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from petal_constructs.catalog import parallelcluster
from petal_constructs.imports.parallelcluster.ledger import Part
from petal_constructs.plan.sizes import by_size, fill_in_order, size_name
from petal_constructs.platforms.parallelcluster.sizing import split_evenly

_MOST: Final = 1000
"""Nodes of a queue of a seed."""


class Resource(NamedTuple):
    """Nodes of one size."""

    types: frozenset[str]
    least: int
    most: int


def instance_types(resources: tuple[Part, ...], seed: str) -> list[str]:
    """Every type once, in order."""
    names: dict[str, None] = {}
    for part in (part for resource in resources for part in _types(resource)):
        text = part.text
        if text is not None:
            names.setdefault(text)
            part.become("kept", f"{seed}.instance_types[{list(names).index(text)}]")
    return list(names)


def _types(resource: Part) -> list[Part]:
    """Of one compute resource, however its version of ParallelCluster writes them."""
    several = [item.at("InstanceType") for item in resource.at("Instances").items]
    return [resource.at("InstanceType"), *several, *resource.at("InstanceTypes").items]


def counts(resources: tuple[Part, ...], types: list[str], seed: str) -> dict[str, Any]:
    """Nodes of the queue: the sum over its resources."""
    limits = parallelcluster.FACTS.limits
    each: list[Resource] = []
    for resource in resources:
        least = _count(resource.at("MinCount"), limits.default_min_count)
        most = _count(resource.at("MaxCount"), max(limits.default_max_count, least))
        names = frozenset(part.text for part in _types(resource) if part.text is not None)
        each.append(Resource(names, least, most))
    least = min(sum(resource.least for resource in each), _MOST)
    most = min(sum(resource.most for resource in each), _MOST)
    _tell(resources, each, _split(types, least, most), seed)
    return {"min_count": least, "max_count": most} if resources else {}


def _count(part: Part, default: int) -> int:
    return default if part.number is None else part.number


def _split(types: list[str], least: int, most: int) -> dict[str, Resource]:
    """What petal makes of a queue: name of each size -> its types and counts."""
    groups = by_size(types)
    highs = split_evenly(most, len(groups))
    lows = fill_in_order(least, highs)
    return {
        size_name(size): Resource(frozenset(kind.name for kind in kinds), low, high)
        for (size, kinds), low, high in zip(groups.items(), lows, highs, strict=True)
    }


def _tell(
    resources: tuple[Part, ...], each: list[Resource], split: dict[str, Resource], seed: str
) -> None:
    alike = sorted(map(_key, each)) == sorted(map(_key, split.values()))
    shares = ", ".join(f"{name} {size.least} to {size.most}" for name, size in split.items())
    reason = "petal counts nodes of a whole queue and splits them over its sizes"
    reason = f"{reason}: {shares}" if shares else reason
    if sum(resource.most for resource in each) > _MOST:
        reason = f"a queue of petal's has at most {_MOST} nodes; {reason}"
    for resource in resources:
        name = resource.at("Name")
        if name.text in split:
            name.become("same", "", "petal names nodes by their size")
        else:
            name.become("changed", "", "petal names nodes by their size, such as cpu16")
        for key, to in (("MinCount", "min_count"), ("MaxCount", "max_count")):
            part = resource.at(key)
            if part.number is not None:
                part.become("kept" if alike else "changed", f"{seed}.{to}", "" if alike else reason)


def _key(resource: Resource) -> tuple[list[str], int, int]:
    return sorted(resource.types), resource.least, resource.most
