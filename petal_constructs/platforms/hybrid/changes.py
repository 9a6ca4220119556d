"""Two plans -> what an update does to a hybrid cluster, as far as its sides can tell."""

from __future__ import annotations

from petal_constructs.plan.changes import Effect
from petal_constructs.platforms import pcs
from petal_constructs.platforms.hybrid.values import HybridPlan
from petal_constructs.platforms.parallelcluster import changes as on_ec2


def effects(old: HybridPlan, new: HybridPlan) -> tuple[Effect, ...]:
    """What differs on each side; a side whose plan is the same has nothing to say.

    Raises:
        UsageError: A side that changes cannot tell.
    """
    of_pcs = () if old.pcs == new.pcs else pcs.effects(old.pcs, new.pcs)
    both = (*on_ec2.effects(old.parallelcluster, new.parallelcluster), *of_pcs)
    return tuple(dict.fromkeys(both))
