"""What a slurmd pod may ask of an instance type."""

from __future__ import annotations

import math
from collections.abc import Sequence

from petal_constructs.catalog import kubernetes
from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.platforms.pcs.values import PodSize

_MIB = 2**20


def pod_size(kinds: Sequence[InstanceType]) -> PodSize | None:
    """The largest pod that fits every one of these types; None if one of them is too small."""
    reserve = kubernetes.FACTS.reserve
    cpu = min(map(_cpu_millicores, kinds))
    memory = min(map(_memory_mib, kinds))
    if cpu < reserve.least_cpu_millicores or memory < reserve.least_memory_mib:
        return None
    return PodSize(cpu, min(kind.vcpus for kind in kinds), memory)


def _cpu_millicores(kind: InstanceType) -> int:
    first, second, next_two, further = kubernetes.FACTS.kubelet.kube_reserved_cpu_millicores
    shares = [first, second, next_two, next_two] + [further] * (kind.vcpus - 4)
    kubelet = math.ceil(sum(shares[: kind.vcpus]))
    return (
        kind.vcpus * 1000 - kubelet - sum(s.cpu_millicores for s in kubernetes.FACTS.reserve.shares)
    )


def _memory_mib(kind: InstanceType) -> int:
    kubelet = (
        kubernetes.FACTS.kubelet.kube_reserved_memory_mib
        + kubernetes.FACTS.kubelet.eviction_memory_mib
    )
    return (
        _expected_mib(kind) - kubelet - sum(s.memory_mib for s in kubernetes.FACTS.reserve.shares)
    )


def _expected_mib(kind: InstanceType) -> int:
    """Memory that Karpenter expects, with its own floating-point steps: a MiB decides."""
    size = kind.memory_mib
    if kind.architecture == "arm64":
        size -= kubernetes.FACTS.reserve.arm64_memory_mib
    return size - math.ceil(size * _MIB * kubernetes.FACTS.reserve.vm_memory_overhead / 1024 / 1024)
