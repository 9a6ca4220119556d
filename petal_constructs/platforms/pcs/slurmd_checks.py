"""Images of petal's that queues run as slurmd."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from petal_constructs.errors import Problem
from petal_constructs.plan.images import uses
from petal_constructs.platforms.queue_rules import Placed
from petal_constructs.seed.software import Container
from petal_constructs.seed.suggest import did_you_mean


def check(queues: Placed, containers: Sequence[Container]) -> Iterator[Problem]:
    """Images that petal does not build on Slurm's, and those that are wanted elsewhere too."""
    known = {container.name: container for container in containers}
    for where, queue in queues:
        if (name := queue.slurmd_image) is None:
            continue
        place = f"{where}.slurmd_image"
        if name not in known:
            hint = did_you_mean(name, known) or "list it there, with packages"
            message = f"{name} is not listed under software.containers"
            yield Problem("P428", place, message, hint)
        else:
            others = [q for _, q in queues if q.slurmd_image != name and q.containers]
            wanted = [q.name for q in others if uses(q, name)]
            yield from _unfit(place, known[name], wanted)


def _unfit(place: str, container: Container, wanted: list[str]) -> Iterator[Problem]:
    name = container.name
    if not container.packages:
        message = f"{name} is somebody else's image, which has no slurmd of this release"
        yield Problem("P428", place, message, "name a container with packages: petal builds it")
    elif container.entrypoint:
        message = f"{name} has an entrypoint, but slurmd starts by its own"
        yield Problem("P428", place, message, f"remove entrypoint from {name}")
    elif wanted:
        message = f"{name} cannot be mounted too, as containers of {' and '.join(wanted)} ask"
        yield Problem("P428", place, message, "list its packages in a second container for that")
