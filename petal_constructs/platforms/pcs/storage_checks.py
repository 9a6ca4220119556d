"""What pods cannot mount."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.errors import Problem
from petal_constructs.platforms import seed_rules, storage_rules
from petal_constructs.platforms.pcs import limits, names
from petal_constructs.platforms.seed_rules import HOME
from petal_constructs.seed.data import SharedStorage
from petal_constructs.seed.model import Seed

_OURS: Final = {names.LOCAL_SCRATCH: "jobs find the disks of their node"}


def check(seed: Seed) -> list[Problem]:
    """Every problem of mounts and file systems."""
    shared = storage_rules.placed(seed)
    homes = {f"{path}.mount_point" for path, _ in shared}
    return [
        *seed_rules.mounts(seed, homes=homes, ours=_OURS),
        *(problem for path, storage in shared for problem in _shared(path, storage, seed)),
    ]


def _shared(path: str, storage: SharedStorage, seed: Seed) -> Iterator[Problem]:
    yield from limits.no_final_hyphen(f"{path}.name", storage.name)
    if storage.type == "ebs":
        message = "an EBS volume belongs to one node and cannot be shared by pods"
        yield Problem("P414", f"{path}.type", message, "write type: efs")
        return
    if storage.type in ("fsx-ontap", "fsx-openzfs"):
        message = f"this version of petal does not build {storage.type} on pcs"
        yield Problem("P414", f"{path}.type", message, "write type: efs or type: fsx-lustre")
        return
    if storage.mount_point == HOME and storage.type != "efs":
        message = f"homes cannot lie on {storage.type}, which is made for scratch data"
        yield Problem("P414", f"{path}.type", message, "write type: efs, or another mount_point")
    if storage.id is not None and not storage.id.startswith("fs-"):
        message = f"{storage.id} is the id of a volume, not of a file system"
        yield Problem("P414", f"{path}.id", message, "write an id such as fs-0123456789abcdef0")
    else:
        yield from storage_rules.within_reach("P414", path, storage, seed)
    yield from storage_rules.no_effect(path, storage)
    yield from storage_rules.new_lustre(path, storage, seed)
