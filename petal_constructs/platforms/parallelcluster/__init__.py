"""Platform `parallelcluster`: AWS ParallelCluster on EC2. See README.md beside this file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from petal_constructs.platforms import STACK_PREFIX, on_first_use
from petal_constructs.platforms.parallelcluster.checks import check

if TYPE_CHECKING:
    from constructs import Construct

    from petal_constructs.platforms.parallelcluster.changes import effects as effects
    from petal_constructs.platforms.parallelcluster.cluster_tables import tables as tables
    from petal_constructs.platforms.parallelcluster.images import cluster_images as cluster_images
    from petal_constructs.platforms.parallelcluster.offers import job_sites as job_sites
    from petal_constructs.platforms.parallelcluster.outlives import kept as kept
    from petal_constructs.platforms.parallelcluster.outlives import other_stacks as other_stacks
    from petal_constructs.platforms.parallelcluster.planning import make_plan as make_plan
    from petal_constructs.platforms.parallelcluster.rendering import files as files
    from petal_constructs.platforms.parallelcluster.stack import ParallelClusterStack
    from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan
    from petal_constructs.platforms.parallelcluster.version_changes import (
        version_effects as version_effects,
    )

_HOMES: Final = {
    "cluster_images": "images",
    "effects": "changes",
    "files": "rendering",
    "job_sites": "offers",
    "kept": "outlives",
    "make_plan": "planning",
    "other_stacks": "outlives",
    "tables": "cluster_tables",
    "version_effects": "version_changes",
}
"""What is loaded on first use, since most commands only check: function -> module beside this."""

__all__ = [
    "check",
    "cluster_images",
    "effects",
    "files",
    "job_sites",
    "kept",
    "make_plan",
    "make_stack",
    "other_stacks",
    "tables",
    "version_effects",
]


def make_stack(scope: Construct, plan: ParallelClusterPlan) -> ParallelClusterStack:
    """The stack `petal-<cluster>` in the plan's region."""
    from petal_constructs.platforms.parallelcluster.stack import ParallelClusterStack

    return ParallelClusterStack(scope, f"{STACK_PREFIX}{plan.name}", plan=plan)


__getattr__ = on_first_use(__name__, _HOMES)
