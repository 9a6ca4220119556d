"""What jobs find on a hybrid cluster: on each side what they would find there alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petal_constructs.platforms import parallelcluster, pcs

if TYPE_CHECKING:
    from petal_constructs.jobs.site import Site
    from petal_constructs.platforms.hybrid.values import HybridPlan


def job_sites(plan: HybridPlan) -> tuple[Site, ...]:
    """The sites of both sides."""
    return (*parallelcluster.job_sites(plan.parallelcluster), *pcs.job_sites(plan.pcs))
