"""What the configuration says of tokens, by which people of another cluster submit to this one."""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.platforms.parallelcluster.node_config import References
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan

KEY_FILE: Final = "/etc/petal/slurm/jwt.key"
"""On the head node, for slurmctld alone."""


def token_settings(plan: ParallelClusterPlan) -> tuple[tuple[str, str], ...]:
    """Lines of slurm.conf: slurmctld takes tokens beside munge (slurm.schedmd.com/jwt.html)."""
    if plan.submission is None:
        return ()
    return (("AuthAltTypes", "auth/jwt"), ("AuthAltParameters", f"jwt_key={KEY_FILE}"))


def on_start(plan: ParallelClusterPlan, refs: References) -> dict[str, Any]:
    """A key that is there before slurmctld: ParallelCluster runs OnNodeStart before its recipes.

    Source: aws-parallelcluster 3.16.1, `templates/cluster_stack.py`, order of the configuration
    sets of the head node.
    """
    return {"OnNodeStart": {"Script": f"{refs.scripts}/first-key.sh"}} if plan.submission else {}
