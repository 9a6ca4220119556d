"""What a slurmd pod may ask of an instance type."""

from __future__ import annotations

from collections.abc import Sequence

from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.platforms.pcs.values import PodSize


def pod_size(kinds: Sequence[InstanceType]) -> PodSize | None:
    """The largest pod that fits every one of these types; None if they are too small."""
    cpus = min(kind.vcpus for kind in kinds)
    memory = min(kind.memory_mib for kind in kinds)
    return PodSize(cpus * 1000 - 500, cpus, int(memory * 0.925) - 1600)
