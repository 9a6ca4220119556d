"""Two plans -> what an update does to a hybrid cluster: what it does to each side."""

from __future__ import annotations

from petal_constructs.plan.changes import Effect
from petal_constructs.platforms.hybrid.values import HybridPlan
from petal_constructs.platforms.parallelcluster import changes as on_ec2
from petal_constructs.platforms.pcs import changes as on_eks


def effects(old: HybridPlan, new: HybridPlan) -> tuple[Effect, ...]:
    """What differs on each side; what both say of what they share is told once."""
    both = (
        *on_ec2.effects(old.parallelcluster, new.parallelcluster),
        *on_eks.effects(old.pcs, new.pcs),
    )
    return tuple(dict.fromkeys(both))
