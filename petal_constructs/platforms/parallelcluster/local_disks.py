"""Mounts at or below the folder in which ParallelCluster mounts the local disks of its nodes."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import Problem
from petal_constructs.plan.sizes import known_types
from petal_constructs.platforms.parallelcluster.names import PLATFORM
from petal_constructs.platforms.parallelcluster.software import node_types
from petal_constructs.seed.model import Seed
from petal_constructs.seed.mounts import inside, mount_points


def check(seed: Seed) -> Iterator[Problem]:
    """Mounts that would hide local disks, or be hidden by them.

    What nodes do: aws-parallelcluster-cookbook f75d84c, recipes/config/ephemeral_drives.rb.
    """
    kind = _with_disks(seed)
    folder = parallelcluster.FACTS.storage.local_disks_mount_dir
    for path, mount_point in mount_points(seed) if kind else ():
        shared = path.startswith("data.shared")
        if mount_point == folder and shared:
            message = f"the local disks of {kind} stay unused: they would be mounted there"
            hint = f"choose another folder than {folder} to use them"
            yield Problem("P373", path, message, hint, level="warning")
        elif mount_point == folder or (shared and inside(mount_point, folder)):
            message = f"ParallelCluster mounts the local disks of {kind} in {folder}"
            yield Problem("P373", path, message, f"choose a folder outside {folder}")


def _with_disks(seed: Seed) -> str | None:
    """The first instance type of the cluster that has local disks."""
    names = node_types(seed.parts[PLATFORM])
    return next((kind.name for kind in known_types(names) if kind.nvme_gib), None)
