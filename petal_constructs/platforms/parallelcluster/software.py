"""Seed -> what is installed, and where it is built."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from petal_constructs.catalog import versions
from petal_constructs.catalog.cpu_targets import MACHINES, TARGETS
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.plan.sizes import known_types
from petal_constructs.plan.values import Builder, Software
from petal_constructs.platforms.parallelcluster.names import PLATFORM
from petal_constructs.seed.compute import Compute
from petal_constructs.seed.model import Seed
from petal_constructs.seed.software import AUTO

if TYPE_CHECKING:
    from petal_constructs.platforms.parallelcluster.values import ComputeResource, Queue

HEAD: Final = "head"
"""What `software.build_on` calls the head node."""


def plan_software(seed: Seed, queues: Sequence[Queue], root: str) -> Software:
    """Decide what is installed in `root`, and which of the queues builds it."""
    wish, pins = seed.software, versions.SPACK
    target = _target(seed)
    if target is not None:
        machine = MACHINES[TARGETS.architectures[target]]
        pins = dataclasses.replace(pins, targets={**pins.targets, machine: target})
    return Software(
        wish.spack_packages,
        root=root,
        pins=pins,
        builder=_builder(wish.build_on, queues) if wish.spack_packages else None,
        build_cache=wish.build_cache.rstrip("/") if wish.build_cache else None,
        compiler=wish.compiler,
        contact=next(iter(seed.alert_emails), ""),
    )


def with_builder(queues: Iterable[Queue], builder: Builder | None) -> tuple[Queue, ...]:
    """The queues, the one that builds marked."""
    name = builder.queue if builder else None
    return tuple(dataclasses.replace(queue, builds=queue.name == name) for queue in queues)


def node_types(part: Compute) -> Iterable[str]:
    """Instance types of all nodes: the head node's, those of login nodes and of queues."""
    yield from [part.head_node] if part.head_node else []
    yield from (pool.instance_type for pool in part.login_nodes)
    for queue in part.queues:
        yield from queue.instance_types if queue.max_count else ()


def _target(seed: Seed) -> str | None:
    if seed.software.target != AUTO:
        return seed.software.target
    return TARGETS.best(node_types(seed.parts[PLATFORM]))


def _builder(wish: str | None, queues: Sequence[Queue]) -> Builder | None:
    if wish == HEAD:
        return None
    fits = [q for q in queues if (q.name == wish if wish else _is_for_builds(q))]
    offers = [(queue, _size(queue)) for queue in fits]
    if not offers:
        return None
    queue, size = min(offers, key=lambda offer: offer[1].vcpus)
    return Builder(queue.name, size.name, queue.max_time or DEFAULTS.build_time.value)


def _is_for_builds(queue: Queue) -> bool:
    """Whether anybody may use it, for long enough, nodes come when asked, and not for GPU jobs."""
    return (
        not queue.allowed_accounts
        and (queue.max_time is None or minutes(queue.max_time) >= DEFAULTS.build_minutes.value)
        and queue.capacity_type != "CAPACITY_BLOCK"
        and _size(queue).vcpus >= DEFAULTS.build_vcpus.value
        and not has_accelerators(t for size in queue.compute_resources for t in size.instance_types)
    )


def has_accelerators(instance_types: Iterable[str]) -> bool:
    """Whether any of them has GPUs or other accelerators."""
    return any(kind.gpus or kind.accelerators for kind in known_types(list(instance_types)))


def minutes(slurm_time: str) -> float:
    """A Slurm time such as `90`, `2:00:00` or `1-12` in minutes."""
    if not slurm_time[0].isdigit():
        return math.inf
    days, dash, rest = slurm_time.rpartition("-")
    parts = [int(part) for part in rest.split(":")]
    if dash:
        hours, mins, secs = [*parts, 0, 0][:3]
    else:
        hours, mins, secs = parts if len(parts) > 1 else (0, parts[0], 0)
    return int(days or 0) * 1440 + hours * 60 + mins + secs / 60


def _size(queue: Queue) -> ComputeResource:
    """The smallest that compiles in reasonable time, else the largest."""
    by_cpus = sorted(queue.compute_resources, key=lambda size: size.vcpus)
    enough = (size for size in by_cpus if size.vcpus >= DEFAULTS.build_vcpus.value)
    return next(enough, by_cpus[-1])
