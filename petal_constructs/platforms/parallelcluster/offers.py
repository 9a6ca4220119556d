"""Plan -> what AWS ParallelCluster's Slurm offers to jobs.

Names of nodes, features and GPUs: aws-parallelcluster-cookbook f75d84c, config_renderer.py and
config_utils.py beside it; modules: packages that the cookbook installs, CHANGELOG.md; 2026-11-23.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.catalog.job_scripts import facts
from petal_constructs.jobs import numbers
from petal_constructs.jobs.site import Missing, NodeKind, Partition, Site
from petal_constructs.plan.sizes import known_types
from petal_constructs.platforms.parallelcluster.names import PLATFORM
from petal_constructs.platforms.parallelcluster.values import (
    ComputeResource,
    ParallelClusterPlan,
    Queue,
)
from petal_constructs.seed.spack_spec import parse

_SYSTEM_MODULES: Final = {
    "x86_64": ("openmpi", "openmpi5", "intelmpi", "libfabric-aws"),
    "arm64": ("openmpi", "openmpi5", "armpl", "libfabric-aws"),
}
_NO_ROOT: Final = "users have no such rights on nodes"
_MODULE: Final = "name the image in software.containers, and load its module"
_MISSING: Final = {
    **dict.fromkeys(("docker", "podman", "enroot"), Missing("nodes do not have it", _MODULE)),
    **dict.fromkeys(("apptainer", "singularity"), Missing("nodes do not have it on PATH", _MODULE)),
    **dict.fromkeys(
        ("sudo", "su", "systemctl", "service", "yum", "dnf", "apt-get", "apt"),
        Missing(_NO_ROOT, "let queues[].scripts or the seed's software do it"),
    ),
}
_BRINGS: Final = {"apptainer": ("apptainer", "singularity")}
"""Packages of Spack -> programs that they bring. Source: spack-packages 35e495f, apptainer."""


def job_sites(plan: ParallelClusterPlan) -> tuple[Site, ...]:
    """The one Slurm of the cluster."""
    settings = {name.lower(): value for name, value in plan.slurm_settings}
    kinds = {kind.architecture for queue in plan.queues for kind in _types(queue)}
    system = (module for each in sorted(kinds) for module in _SYSTEM_MODULES[each])
    own = (parse(spec).module for spec in plan.software.spack_specs)
    from_images = (
        f"{name}/{version}" if version else name
        for image in plan.images
        for name, version in image.modules
    )
    modules = tuple(dict.fromkeys((*own, *from_images, *system)))
    site = Site(
        platform=PLATFORM,
        partitions=tuple(map(_partition, plan.queues)),
        default=plan.queues[0].name if plan.queues else "",
        accounts=tuple(account.name for account in plan.accounts),
        every_time_limit=True,  # EnforcePartLimits=ALL, slurm.conf.erb
        shares_memory=plan.limits_memory,
        licences=dict(_licences(settings.get("licenses", ""))),
        array_size=numbers.integer(settings.get("maxarraysize", "")) or facts().limits.array_size,
        modules=modules,
        plugins=facts().pyxis.takes_value if plan.pyxis else {},
        missing=_missing(modules),
        # Those of a directory get a key at their first login, and homes are shared.
        node_logins=plan.directory is not None,
        folders=plan.mount_points,
        read_only=tuple(mount.mount_point for mount in plan.s3_mounts if mount.read_only),
    )
    return (site,)


def _missing(modules: Iterable[str]) -> dict[str, Missing]:
    """What no module brings either."""
    brought = {program for name in modules for program in _BRINGS.get(name.partition("/")[0], ())}
    return {program: lacks for program, lacks in _MISSING.items() if program not in brought}


def _types(queue: Queue) -> list[InstanceType]:
    return known_types([name for size in queue.compute_resources for name in size.instance_types])


def _partition(queue: Queue) -> Partition:
    kinds = tuple(_kind(queue, size) for size in queue.compute_resources)
    return Partition(
        name=queue.name,
        kinds=kinds,
        max_nodes=sum(kind.count for kind in kinds),
        max_minutes=math.inf if queue.max_time is None else numbers.minutes(queue.max_time) or 0,
        allowed_accounts=queue.allowed_accounts,
        efa=queue.efa,
    )


def _kind(queue: Queue, size: ComputeResource) -> NodeKind:
    models = {kind.gpu_model for kind in known_types(size.instance_types)} if size.gpus else set()
    sorts = [*(["st"] if size.min_count else []), *(["dy"] if _dynamic(size) else [])]
    names = f"{re.escape(queue.name)}-({'|'.join(sorts)})-{re.escape(size.name)}-[0-9]+"
    return NodeKind(
        name=size.name,
        count=size.max_count,
        cpus=size.vcpus,
        memory_mib=math.floor(size.memory_gib * 1024 * parallelcluster.FACTS.slurm.memory_share),
        gpus=size.gpus,
        gpu_types=frozenset(model.replace(" ", "").lower() for model in models),
        features=frozenset(_features(queue, size)),
        node_names=names,
    )


def _features(queue: Queue, size: ComputeResource) -> Iterator[str]:
    """What one type alone has is named after it: of several nobody knows which will come."""
    yield size.name
    if size.min_count:
        yield "static"
    if _dynamic(size):
        yield "dynamic"
    if len(size.instance_types) == 1:
        yield size.instance_types[0]
    if queue.efa:
        yield "efa"
    if size.gpus:
        yield "gpu"


def _dynamic(size: ComputeResource) -> bool:
    return size.max_count > size.min_count


def _licences(text: str) -> Iterator[tuple[str, int]]:
    for part in filter(None, text.split(",")):
        name, _, count = part.partition(":")
        yield name, numbers.integer(count) or 1
