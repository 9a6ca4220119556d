"""What of a hybrid cluster lies outside petal's stack, or outlives it."""

from __future__ import annotations

from petal_constructs.platforms.hybrid.values import HybridPlan
from petal_constructs.platforms.parallelcluster import outlives as on_ec2
from petal_constructs.platforms.pcs import outlives as on_eks


def kept(plan: HybridPlan) -> tuple[str, ...]:
    """What stays of either side; shared folders and records are told once."""
    both = (*on_ec2.kept(plan.parallelcluster), *on_eks.kept(plan.pcs))
    return tuple(dict.fromkeys(both))


def other_stacks(plan: HybridPlan) -> tuple[str, ...]:
    """Those of both sides."""
    return (*on_ec2.other_stacks(plan.parallelcluster), *on_eks.other_stacks(plan.pcs))
