"""What an update does to login nodes that people work on.

Source: `config/update_policy.py` of aws-parallelcluster 3.16.1, 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from petal_constructs.plan.changes import IF_ALLOWED, Consequence
from petal_constructs.platforms.parallelcluster.config_changes import ConfigChange

STOP_LOGINS: Final = "only while its login nodes are stopped: deploy it with count: 0 first"
STOP_ALL: Final = "only while the compute fleet and the login nodes (by count: 0) are stopped"
VOLUMES: Final = "only while the login nodes are stopped (by count: 0); all queues drain"
FEWER: Final = "nodes that go let nobody in any more, and end after the grace time"
Pools = Collection[str]
"""Names of those that have nodes."""


def of_logins(change: ConfigChange, running: Pools) -> Consequence:
    """Pools come at any time; they go, and change, while they have no nodes."""
    pool = next((step for step in change.place if step.startswith("Pools[")), None)
    concerned = running if pool is None else {pool[len("Pools[") : -1]} & {*running}
    comes = pool is None and change.is_entry and change.old is None
    return Consequence.STOP if concerned and not comes else Consequence.LIVE


def because_of_people(change: ConfigChange, consequence: Consequence, running: Pools) -> str | None:
    """What a change asks of login nodes, or does to them; None where that is nothing."""
    if _loses_nodes(change):
        return FEWER
    if change.policy.startswith("LOGIN_NODES") and consequence is Consequence.STOP:
        return STOP_LOGINS
    if change.policy == "COMPUTE_AND_LOGIN_NODES_STOP" and running:
        return STOP_ALL
    if change.policy == "SHARED_STORAGE_UPDATE_POLICY" and change.is_entry and running:
        return {
            Consequence.STOP: VOLUMES,
            Consequence.REPLACE: f"{VOLUMES}; the volume stays in the account, with its data",
            Consequence.DATA_LOSS: f"{VOLUMES}; the volume is deleted {IF_ALLOWED}",
        }.get(consequence)
    return None


def _loses_nodes(change: ConfigChange) -> bool:
    """Whether a pool gets a lower count."""
    in_a_pool = any(step.startswith("Pools[") for step in change.place)
    return in_a_pool and change.key == "Count" and bool(change.new < change.old)
