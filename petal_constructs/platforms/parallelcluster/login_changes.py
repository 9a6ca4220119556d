"""What an update does to login nodes that people work on.

Source: `config/update_policy.py` of aws-parallelcluster 3.16.1, 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from petal_constructs.plan.changes import Consequence
from petal_constructs.platforms.parallelcluster.config_changes import ConfigChange

STOP_LOGINS: Final = "only while its login nodes are stopped: deploy it with count: 0 first"
FEWER: Final = "nodes that go let nobody in any more, and end after the grace time"
Pools = Collection[str]
"""Names of those that have nodes."""


def of_logins(change: ConfigChange, running: Pools) -> Consequence:
    """Pools come at any time; they go, and change, while they have no nodes."""
    pool = next((step for step in change.place if step.startswith("Pools[")), None)
    concerned = running if pool is None else {pool[len("Pools[") : -1]} & {*running}
    comes = change.is_entry and change.old is None
    return Consequence.STOP if concerned and not comes else Consequence.LIVE


def loses_nodes(change: ConfigChange) -> bool:
    """Whether a pool gets a lower count."""
    in_a_pool = any(step.startswith("Pools[") for step in change.place)
    return in_a_pool and change.key == "Count" and change.new < change.old
