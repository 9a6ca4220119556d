"""How jobs get from the ParallelCluster side of a hybrid cluster to the other one.

Not the other way: see docs/design/hybrid.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from petal_constructs.plan.submission import Submission
from petal_constructs.platforms.hybrid import names
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan
from petal_constructs.platforms.pcs.names import REST_PORT
from petal_constructs.platforms.pcs.values import PcsPlan

REST_HOST: Final = "slurmrestd"
"""In the private zone."""


def is_offered(pcs: PcsPlan) -> bool:
    """Whether slurmrestd gets a load balancer.

    EKS Auto Mode has a controller of its own, whose rights to target groups of others are not
    known well enough.
    """
    return pcs.kubernetes.node_starter != "auto-mode"


def with_submission(
    parallelcluster: ParallelClusterPlan, pcs: PcsPlan
) -> tuple[ParallelClusterPlan, PcsPlan]:
    """The plans of both sides, each with its view of the other one, where that is offered."""
    if not is_offered(pcs):
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
        default_queue=parallelcluster.queues[0].name,
        queues=queues,
        key_parameter=names.key_parameter(parallelcluster.name),
    )
    default = next((queue.name for queue in slurm.queues if queue.default), None)
    inward = Submission(here=there, there=here, url=None, default_queue=default, queues=queues)
    open_to_others = replace(slurm, submission=inward)
    return replace(parallelcluster, submission=outward), replace(pcs, clusters=(open_to_others,))
