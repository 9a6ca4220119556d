"""Platform `hybrid`: ParallelCluster and Slurm on EKS side by side. See README.md beside this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from petal_constructs.platforms import STACK_PREFIX, on_first_use
from petal_constructs.platforms.hybrid.checks import check

if TYPE_CHECKING:
    from constructs import Construct

    from petal_constructs.plan.images import Image
    from petal_constructs.platforms.hybrid.changes import effects as effects
    from petal_constructs.platforms.hybrid.offers import job_sites as job_sites
    from petal_constructs.platforms.hybrid.outlives import kept as kept
    from petal_constructs.platforms.hybrid.outlives import other_stacks as other_stacks
    from petal_constructs.platforms.hybrid.planning import make_plan as make_plan
    from petal_constructs.platforms.hybrid.rendering import files as files
    from petal_constructs.platforms.hybrid.side_tables import tables as tables
    from petal_constructs.platforms.hybrid.stack import HybridClusterStack
    from petal_constructs.platforms.hybrid.values import HybridPlan
    from petal_constructs.seed.model import Seed

_HOMES: Final = {
    "effects": "changes",
    "files": "rendering",
    "job_sites": "offers",
    "kept": "outlives",
    "make_plan": "planning",
    "other_stacks": "outlives",
    "tables": "side_tables",
}
"""What is loaded on first use, since most commands only check: function -> module beside this. They
must not share a name, for Python gives a package its modules as attributes."""

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


def cluster_images(seed: Seed) -> tuple[Image, ...]:
    """All of the seed's, for the queues of both sides."""
    from petal_constructs.plan.images import images

    return images(seed)


def version_effects(_: Mapping[str, Any], __: HybridPlan) -> None:
    """Not known: one of the sides cannot tell."""


def make_stack(scope: Construct, plan: HybridPlan) -> HybridClusterStack:
    """The stack `petal-<cluster>` in the plan's region."""
    from petal_constructs.platforms.hybrid.stack import HybridClusterStack

    return HybridClusterStack(scope, f"{STACK_PREFIX}{plan.name}", plan=plan)


__getattr__ = on_first_use(__name__, _HOMES)
