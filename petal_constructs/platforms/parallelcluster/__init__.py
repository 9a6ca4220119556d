"""Platform `parallelcluster`: AWS ParallelCluster on EC2. See README.md beside this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from petal_constructs.platforms import STACK_PREFIX
from petal_constructs.platforms.parallelcluster.changes import effects
from petal_constructs.platforms.parallelcluster.checks import check
from petal_constructs.platforms.parallelcluster.outlives import kept, other_stacks
from petal_constructs.platforms.parallelcluster.planning import plan_cluster as make_plan
from petal_constructs.platforms.parallelcluster.rendering import files
from petal_constructs.platforms.parallelcluster.tables import tables
from petal_constructs.platforms.parallelcluster.version_changes import version_effects

if TYPE_CHECKING:
    from constructs import Construct

    from petal_constructs.platforms.parallelcluster.stack import ParallelClusterStack
    from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan

__all__ = [
    "check",
    "effects",
    "files",
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
