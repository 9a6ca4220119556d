"""What pods cannot mount."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import Problem
from petal_constructs.platforms import seed_rules
from petal_constructs.platforms.pcs import limits, names
from petal_constructs.platforms.seed_rules import HOME
from petal_constructs.seed.data import SharedStorage
from petal_constructs.seed.model import Seed

_OURS: Final = {names.LOCAL_SCRATCH: "jobs find the disks of their node"}


def check(seed: Seed) -> list[Problem]:
    """Every problem of mounts and file systems."""
    shared = [(f"data.shared[{index}]", s) for index, s in enumerate(seed.data.shared)]
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
    yield from _existing(path, storage, seed)
    if storage.type == "fsx-lustre" and storage.id is None:
        yield from _new_lustre(path, storage, seed)


def _existing(path: str, storage: SharedStorage, seed: Seed) -> Iterator[Problem]:
    if storage.id is None:
        return
    if not storage.id.startswith("fs-"):
        message = f"{storage.id} is the id of a volume, not of a file system"
        yield Problem("P414", f"{path}.id", message, "write an id such as fs-0123456789abcdef0")
    elif not seed.network.vpc_id:
        message = f"{storage.id} lies in a network of its own, out of reach of a new VPC"
        hint = "add vpc_id: and private_subnets: of its network below network:"
        yield Problem("P414", f"{path}.id", message, hint)


def _new_lustre(path: str, storage: SharedStorage, seed: Seed) -> Iterator[Problem]:
    facts = parallelcluster.FACTS.storage
    smallest, step = facts.fsx_lustre_smallest_gib, facts.fsx_lustre_step_gib
    size = storage.size_gib
    hint = f"write size_gib: {smallest}, or a multiple of {step}"
    if size is None:
        yield Problem("P416", path, "a new FSx for Lustre needs a size", hint)
    elif size != smallest and size % step:
        message = f"FSx for Lustre has no size of {size} GiB"
        yield Problem("P416", f"{path}.size_gib", message, hint)
    if storage.keep and not seed.network.vpc_id:
        yield Problem(
            "P417",
            path,
            f"{storage.name} would be kept, and keep the VPC that petal makes from being deleted",
            "write keep: false, or name an existing network with network.vpc_id",
        )
