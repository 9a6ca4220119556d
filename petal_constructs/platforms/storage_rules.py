"""Rules of shared file systems that hold on more than one platform."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import Problem
from petal_constructs.seed.data import SharedStorage
from petal_constructs.seed.model import Seed


def placed(seed: Seed) -> list[tuple[str, SharedStorage]]:
    """The shared file systems, each with its path in the seed."""
    return [(f"data.shared[{index}]", storage) for index, storage in enumerate(seed.data.shared)]


def within_reach(code: str, path: str, storage: SharedStorage, seed: Seed) -> Iterator[Problem]:
    """An existing file system has its network, so the cluster must stand there too."""
    if storage.id is not None and not seed.network.vpc_id:
        message = f"{storage.id} lies in a network of its own, out of reach of a new VPC"
        hint = "add vpc_id: and private_subnets: of its network below network:"
        yield Problem(code, f"{path}.id", message, hint)


def no_effect(path: str, storage: SharedStorage) -> Iterator[Problem]:
    """Keys of new file systems at one that exists, and a size where there is none to choose."""
    if storage.size_gib is not None and (storage.id or storage.type == "efs"):
        what = f"{storage.id} has its size" if storage.id else "EFS grows by itself"
        message = f"it has no effect: {what}"
        yield Problem("P335", f"{path}.size_gib", message, "remove it", level="warning")
    if storage.id and not storage.keep:
        message = f"it has no effect: petal did not make {storage.id}, and never deletes it"
        yield Problem("P335", f"{path}.keep", message, "remove it", level="warning")


def new_lustre(path: str, storage: SharedStorage, seed: Seed) -> Iterator[Problem]:
    """A new FSx for Lustre has one of few sizes, and holds on to its network."""
    if storage.type != "fsx-lustre" or storage.id is not None:
        return
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
