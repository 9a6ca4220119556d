"""What a slurmd pod may ask of an instance type."""

from __future__ import annotations

import math
from collections.abc import Sequence

from petal_constructs.catalog import kubernetes
from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.platforms.pcs.values import PodSize

_MIB = 2**20


def pod_size(kinds: Sequence[InstanceType], *, efa: bool = False) -> PodSize | None:
    """The largest pod that fits every one of these types; None if one of them is too small.

    Args:
        kinds: Types of one size.
        efa: Whether their nodes have Elastic Fabric Adapters, whose driver takes memory.
    """
    reserve = kubernetes.FACTS.reserve
    cpu = min(map(_cpu_millicores, kinds))
    memory = min(_memory_mib(kind, efa=efa) for kind in kinds)
    if cpu < reserve.least_cpu_millicores or memory < reserve.least_memory_mib:
        return None
    for_jobs = memory - reserve.slurmd.memory_mib
    return PodSize(cpu, min(kind.vcpus for kind in kinds), memory, for_jobs)


def _cpu_millicores(kind: InstanceType) -> int:
    facts = kubernetes.FACTS
    kubelet = facts.kubelet.cpu_millicores(kind.vcpus)
    return kind.vcpus * 1000 - kubelet - facts.reserve.cpu_millicores


def _memory_mib(kind: InstanceType, *, efa: bool) -> int:
    facts = kubernetes.FACTS
    huge_pages = facts.reserve.huge_pages.memory_mib(kind.vcpus) if efa else 0
    taken = facts.kubelet.memory_mib + facts.reserve.memory_mib + huge_pages
    return _expected_mib(kind) - taken


def _expected_mib(kind: InstanceType) -> int:
    """Memory that Karpenter expects, with its own floating-point steps: a MiB decides."""
    reserve = kubernetes.FACTS.reserve
    size = kind.memory_mib
    if kind.architecture == "arm64":
        size -= reserve.arm64_memory_mib
    return size - math.ceil(size * _MIB * reserve.vm_memory_overhead / 1024 / 1024)
