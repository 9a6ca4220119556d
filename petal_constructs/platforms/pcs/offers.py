"""Plan -> what Slurm in pods offers to jobs.

Programs of the image: SlinkyProject/containers, schedmd/slurm/26.05/ubuntu24.04, Dockerfile and
Dockerfile.pyxis, 2026-11-23.
"""

from __future__ import annotations

import math
import re
from typing import Final

from petal_constructs.catalog.job_scripts import facts
from petal_constructs.jobs import numbers
from petal_constructs.jobs.site import Missing, NodeKind, Partition, Site
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.values import PLATFORM, NodeSet, PcsPlan, Queue

_STEP: Final = "run it as a step: srun --container-image=IMAGE PROGRAM"
_MISSING: Final = {
    **dict.fromkeys(
        ("docker", "podman"),
        Missing("pods have no daemon and no program for it", _STEP, mends=True),
    ),
    **dict.fromkeys(
        ("apptainer", "singularity", "ch-run", "charliecloud"),
        Missing("pods do not have it", _STEP, mends=True),
    ),
    **dict.fromkeys(
        ("sudo", "su", "yum", "dnf", "apt-get", "apt"),
        Missing(
            "users have no such rights in pods",
            "run an image that has what is needed: srun --container-image=IMAGE PROGRAM",
            mends=True,
        ),
    ),
    **dict.fromkeys(
        ("systemctl", "service"), Missing("pods run no services", "remove it", mends=True)
    ),
    "reboot": Missing("a pod is no machine", "remove it", mends=True),
}
_PORTS: Final = (
    "a node is a pod: others reach the port from pods of the same Slurm, "
    "and people through the login pod"
)


def job_sites(plan: PcsPlan) -> tuple[Site, ...]:
    """All its Slurm clusters as one: a queue of a dedicated tenant is known by its name too."""
    queues = {queue.name: queue for queue in reversed(plan.queues)}
    ordered = [queues[name] for name in dict.fromkeys(queue.name for queue in plan.queues)]
    default = next((queue.name for queue in plan.queues if queue.default), "")
    local = [names.LOCAL_SCRATCH] if any(queue.local_disks for queue in ordered) else []
    folders = [folder.mount_point for folder in plan.folders]
    buckets = [mount.mount_point for mount in plan.s3_mounts]
    accounts = [account.name for cluster in plan.clusters for account in cluster.accounts]
    site = Site(
        platform=PLATFORM,
        partitions=tuple(map(_partition, ordered)),
        default=default,
        accounts=tuple(dict.fromkeys(accounts)),
        modules=tuple(dict.fromkeys(m for image in plan.software.listed for m in image.modules)),
        module_command=bool(plan.software.listed),
        plugins=facts().pyxis.takes_value,
        missing=_MISSING,
        folders=(*folders, *buckets, *local),
        read_only=tuple(mount.mount_point for mount in plan.s3_mounts if mount.read_only),
        opens_ports=_PORTS,
    )
    return (site,)


def _partition(queue: Queue) -> Partition:
    return Partition(
        name=queue.name,
        kinds=tuple(map(_kind, queue.node_sets)),
        max_nodes=queue.max_count,
        max_minutes=math.inf if queue.max_time is None else numbers.minutes(queue.max_time) or 0,
        allowed_accounts=queue.allowed_accounts,
        efa=queue.efa,
    )


def _kind(node_set: NodeSet) -> NodeKind:
    return NodeKind(
        name=node_set.name,
        count=node_set.max_count,
        cpus=node_set.pod.cpus,
        memory_mib=node_set.pod.memory_mib,
        threads=node_set.threads_per_core,
        gpus=node_set.gpus,
        features=frozenset({node_set.name}),
        node_names=rf"{re.escape(node_set.name)}-[0-9]+",
    )
