"""Rules of queues that hold on more than one platform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.errors import Problem
from petal_constructs.plan.sizes import known_types
from petal_constructs.seed.compute import Compute, Queue
from petal_constructs.seed.image_names import named_host
from petal_constructs.seed.software import Container

Placed = list[tuple[str, Queue]]
"""Queues, each with the path that the user wrote it under."""


def placed(path: str, part: Compute) -> Placed:
    """The queues below `path`."""
    return [(f"{path}.queues[{index}]", queue) for index, queue in enumerate(part.queues)]


def running(queues: Placed) -> Placed:
    """Those that are not switched off."""
    return [(where, queue) for where, queue in queues if queue.max_count > 0]


def placed_types(where: str, queue: Queue) -> Iterator[tuple[str, InstanceType]]:
    """The instance types that the catalog knows, each with its path."""
    for position, name in enumerate(queue.instance_types):
        for kind in known_types([name]):
            yield f"{where}.instance_types[{position}]", kind


def switched_off(path: str, queues: Placed, reason: str) -> Iterator[Problem]:
    """Queues that are off; an error if no other is left, for which `reason` says why."""
    if not running(queues):
        message = f"every queue is switched off (max_count 0), but {reason}"
        yield Problem("P308", f"{path}.queues", message, "raise the max_count of a queue")
        return
    for where, queue in queues:
        if queue.max_count == 0:
            message = f"max_count is 0: {queue.name} is switched off and left out"
            hint = "raise max_count to switch it on"
            yield Problem("P308", f"{where}.max_count", message, hint, level="warning")


def spot(where: str, queue: Queue) -> Iterator[Problem]:
    """Types that AWS does not sell as spot."""
    if queue.capacity_type == "SPOT":
        for position, kind in placed_types(where, queue):
            if not kind.spot:
                message = f"{kind.name} is not sold as spot"
                yield Problem("P314", position, message, "write capacity_type: ONDEMAND")


def unlisted_images(queues: Placed, containers: Sequence[Container]) -> Iterator[Problem]:
    """Images that queues do not name as containers of the seed: modules come of those alone."""
    names = {container.image: container.name for container in containers}
    for where, queue in (each for each in queues if each[1].containers_mode == "modules"):
        for position, ref in enumerate(queue.containers):
            if named_host(ref):
                message, hint = _unlisted(ref, names.get(ref))
                place = f"{where}.containers[{position}]"
                yield Problem("P429", place, message, hint, level="warning")


def _unlisted(ref: str, name: str | None) -> tuple[str, str]:
    if name:
        return f"jobs see no module of {ref}: queues name containers", f"write {name}"
    hint = "list it there with a name and its modules, and write the name here"
    return f"jobs see no module of {ref}, which is not under software.containers", hint


def interconnect(where: str, queue: Queue) -> Iterator[Problem]:
    """Types without the adapter or the placement that the queue asks for."""
    for position, kind in placed_types(where, queue):
        if queue.efa and not kind.efa:
            message = f"{kind.name} has no Elastic Fabric Adapter, but efa is true"
            hint = "choose a type with EFA, such as c6in.32xlarge, or remove efa"
            yield Problem("P315", position, message, hint)
        if queue.placement_group and not kind.placement_group:
            message = f"{kind.name} cannot run in a placement group"
            yield Problem("P316", position, message, "remove placement_group, or this type")
