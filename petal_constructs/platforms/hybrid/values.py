"""A hybrid cluster, decided: the plans of its two sides, made for one network and one storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from petal_constructs.errors import UsageError
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan
from petal_constructs.platforms.pcs.values import PcsPlan

if TYPE_CHECKING:
    from petal_constructs.platforms import Plan


@dataclass(frozen=True, slots=True)
class HybridPlan:
    """What petal builds of a seed with two sides.

    Network, folders, buckets, users and tags are the same in both plans; what is made once for
    both, like the budget, stands in that of `parallelcluster` alone.
    """

    platform: str
    name: str
    region: str
    parallelcluster: ParallelClusterPlan
    pcs: PcsPlan


def as_hybrid(plan: Plan) -> HybridPlan:
    """The plan, if it is one for two sides.

    Raises:
        UsageError: It is for another platform.
    """
    if isinstance(plan, HybridPlan):
        return plan
    raise UsageError(f"a plan for {plan.platform} cannot be built as a hybrid cluster")
