"""How jobs get from one side of a hybrid cluster to the other one."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from petal_constructs.catalog import hybrid
from petal_constructs.plan.submission import HEAD_REST_PORT, Submission
from petal_constructs.platforms.hybrid import names
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan
from petal_constructs.platforms.pcs.names import REST_PORT
from petal_constructs.platforms.pcs.values import PcsPlan

REST_HOST: Final = "slurmrestd"
"""In the private zone."""


def is_offered(parallelcluster: ParallelClusterPlan, pcs: PcsPlan) -> bool:
    """Whether slurmrestd gets a load balancer, and logins the programs; else checks say why not."""
    old = parallelcluster.os in hybrid.submission().os_with_old_python
    return pcs.kubernetes.node_starter != "auto-mode" and not old


def with_submission(
    parallelcluster: ParallelClusterPlan, pcs: PcsPlan
) -> tuple[ParallelClusterPlan, PcsPlan]:
    """The plans of both sides, each with its view of the other one, where that is offered."""
    if len(pcs.clusters) != 1 or not is_offered(parallelcluster, pcs):
        return parallelcluster, pcs
    (slurm,) = pcs.clusters
    here, there = parallelcluster.slurm_name, slurm.cluster_name
    queues = (
        *((queue.name, here) for queue in parallelcluster.queues),
        *((queue.name, there) for queue in slurm.queues),
    )
    zone = names.rest_zone(parallelcluster.name)
    outward = Submission(
        here=here,
        there=there,
        url=f"http://{REST_HOST}.{zone}:{REST_PORT}",
        default_queue=next((queue.name for queue in parallelcluster.queues), None),
        queues=queues,
        key_parameter=names.key_parameter(parallelcluster.name),
    )
    default = next((queue.name for queue in slurm.queues if queue.default), None)
    inward = Submission(
        here=there,
        there=here,
        url=f"http://{names.head_node(parallelcluster.name)}:{HEAD_REST_PORT}",
        default_queue=default,
        queues=queues,
    )
    open_to_others = replace(slurm, submission=inward)
    return replace(parallelcluster, submission=outward), replace(pcs, clusters=(open_to_others,))
