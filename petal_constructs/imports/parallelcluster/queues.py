"""`SlurmQueues` -> `compute.queues`."""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.imports.parallelcluster import sizes
from petal_constructs.imports.parallelcluster.cluster import tags_of
from petal_constructs.imports.parallelcluster.ledger import Part
from petal_constructs.imports.parallelcluster.network import Places, queue_subnets
from petal_constructs.imports.parallelcluster.nodes import scripts, settle_own

_OFF: Final = "switched off (MaxCount 0): petal would start nodes of all types of a queue"
_APART: Final = "petal has it for a whole queue: give these nodes a queue of their own"


def queue(part: Part, seed: str, where: Places) -> dict[str, Any]:
    """One queue, whose place in the seed is `seed`."""
    resources = _switched_on(part.at("ComputeResources").items)
    settle_own(part)
    types = sizes.instance_types(resources, seed)
    reservation = _reservation(part, resources, seed)
    efa = _efa(resources, seed)
    subnets = where.chosen(queue_subnets(part), seed)
    return {
        "name": part.at("Name").keep(f"{seed}.name"),
        "instance_types": types,
        **sizes.counts(resources, types, seed),
        **_capacity(part, seed, reservation),
        "capacity_reservation": reservation,
        "efa": efa or None,
        "placement_group": _placement_group(
            part, resources, seed, efa=efa, zones=len(queue_subnets(part))
        ),
        "subnets": subnets,
        "max_time": part.at("CustomSlurmSettings", "MaxTime").keep(f"{seed}.max_time"),
        "scripts": scripts(part, seed),
        "tags": _tags(part, resources, seed),
        "gpu_health_check": _health_check(part, resources, seed),
    }


def _switched_on(resources: tuple[Part, ...]) -> tuple[Part, ...]:
    """Without those that never start a node, unless that is all of them."""
    on = tuple(resource for resource in resources if resource.at("MaxCount").number != 0)
    for resource in resources if on else ():
        if resource not in on:
            resource.become("lost", "", _OFF)
    return on or resources


def _capacity(part: Part, seed: str, reservation: str | None) -> dict[str, Any]:
    """How nodes are paid for and chosen; ParallelCluster's default is not petal's for spot."""
    facts = parallelcluster.FACTS.capacity
    kind = _unless_usual(part.at("CapacityType"), f"{seed}.capacity_type", facts.default_type)
    usual = facts.default_allocation_strategy
    of_petal = DEFAULTS.spot_allocation_strategy.value if kind == "SPOT" else usual
    written = part.at("AllocationStrategy")
    strategy = _unless_usual(written, f"{seed}.allocation_strategy", of_petal)
    fixed = kind == "CAPACITY_BLOCK" or (reservation or "").startswith("cr-")
    if written.text is None and not fixed and usual != of_petal:
        strategy = usual
    return {"capacity_type": kind, "allocation_strategy": strategy}


def _unless_usual(part: Part, seed: str, usual: str) -> str | None:
    """What a seed need not say is left out of it."""
    if part.text == usual:
        part.become("same", "", f"petal's default is {usual} too")
        return None
    return part.keep(seed)


def _agreed(parts: list[Part], seed: str) -> Part | None:
    """The value that all resources have; what is not for all of them is lost."""
    said = {part.text for part in parts}
    if len(said) == 1 and None not in said:
        for part in parts:
            part.become("kept", seed)
        return parts[0]
    for part in parts:
        part.become("lost", "", _APART)
    return None


def _reservation(queue: Part, resources: tuple[Part, ...], seed: str) -> str | None:
    """Of the queue, unless its resources have their own."""
    keys = ("CapacityReservationId", "CapacityReservationResourceGroupArn")
    above = next((p for p in map(queue.at("CapacityReservationTarget").at, keys) if p.text), None)
    of_each = [_target(resource, keys) or above for resource in resources]
    found = _agreed([part for part in of_each if part], f"{seed}.capacity_reservation")
    if above:
        above.become("lost", "", "all compute resources of the queue name their own")
    whole = found if all(of_each) else None
    if found and not whole:
        found.ledger.amend(f"{seed}.capacity_reservation", "lost", _APART)
    return whole.text if whole else None


def _target(resource: Part, keys: tuple[str, ...]) -> Part | None:
    targets = map(resource.at("CapacityReservationTarget").at, keys)
    return next((part for part in targets if part.text), None)


def _efa(resources: tuple[Part, ...], seed: str) -> bool:
    flags = [resource.at("Efa", "Enabled") for resource in resources]
    wanted = bool(flags) and all(flag.on for flag in flags)
    for flag in flags:
        if wanted:
            flag.become("kept", f"{seed}.efa")
        elif flag.on:
            flag.become("lost", "", _APART)
    return wanted


def _placement_group(
    queue: Part, resources: tuple[Part, ...], seed: str, *, efa: bool, zones: int
) -> bool | None:
    """On, off, or petal's default, which is on where there is EFA."""
    above = queue.at("Networking", "PlacementGroup")
    groups = [resource.at("Networking", "PlacementGroup") for resource in resources]
    said = {_grouped(group, default=_grouped(above, default=None)) for group in groups}
    wanted = said.pop() if len(said) == 1 else None
    if wanted is None and efa and zones > 1:
        wanted = False  # petal's own default would be refused over several zones
    written = wanted if wanted or efa else None
    for group in (above, *groups):
        _tell_of_group(group, f"{seed}.placement_group", written=written, near=efa)
    return written


def _tell_of_group(group: Part, seed: str, *, written: bool | None, near: bool) -> None:
    """What became of one section; `near` says whether petal's default is a group."""
    on, enabled = near if written is None else written, group.at("Enabled")
    for part in (group.at("Id"), group.at("Name")):
        reason = "petal makes a placement group for the queue, and takes none of yours"
        part.become("changed" if on else "lost", seed if written else "", reason)
    if enabled.on is None:
        return
    if enabled.on is not on:
        enabled.become("lost", "", _APART)
    elif written is None:
        enabled.become("same", "", "petal's default for such a queue")
    else:
        enabled.become("kept", seed)


def _grouped(group: Part, *, default: bool | None) -> bool | None:
    if group.at("Id").text or group.at("Name").text:
        return True
    on = group.at("Enabled").on
    return default if on is None else on


def _tags(queue: Part, resources: tuple[Part, ...], seed: str) -> dict[str, str]:
    """Of the queue, and of its nodes where all are of one resource."""
    tags = [*queue.at("Tags").items]
    if len(resources) == 1:
        tags += resources[0].at("Tags").items
    else:
        for resource in resources:
            resource.at("Tags").become("lost", "", _APART)
    return tags_of(tags, f"{seed}.tags")


def _health_check(queue: Part, resources: tuple[Part, ...], seed: str) -> bool | None:
    above = queue.at("HealthChecks", "Gpu", "Enabled")
    flags = [resource.at("HealthChecks", "Gpu", "Enabled") for resource in resources]
    effective = [above.on if flag.on is None else flag.on for flag in flags]
    wanted = bool(effective) and all(effective)
    for flag in (above, *flags):
        if wanted and flag.on:
            flag.become("kept", f"{seed}.gpu_health_check")
        elif flag.on:
            flag.become("lost", "", _APART)
    return wanted or None
