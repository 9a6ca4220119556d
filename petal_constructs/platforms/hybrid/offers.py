"""Plan -> what either side of a hybrid cluster offers to jobs."""

from __future__ import annotations

from dataclasses import replace

from petal_constructs.jobs.site import Site
from petal_constructs.platforms.hybrid.values import HybridPlan
from petal_constructs.platforms.parallelcluster import offers as classic
from petal_constructs.platforms.pcs import offers as pods


def job_sites(plan: HybridPlan) -> tuple[Site, ...]:
    """Each side knows the queues of the other, whose names are not its own."""
    sides = (*classic.job_sites(plan.parallelcluster), *pods.job_sites(plan.pcs))
    return tuple(replace(side, elsewhere=_others(side, sides)) for side in sides)


def _others(side: Site, sides: tuple[Site, ...]) -> dict[str, str]:
    others = (each for each in sides if each.platform != side.platform)
    return {queue.name: other.platform for other in others for queue in other.partitions}
