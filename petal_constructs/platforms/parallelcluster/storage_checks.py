"""Shared storage that ParallelCluster would refuse, or AWS after it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.errors import Problem
from petal_constructs.plan.folders import KINDS
from petal_constructs.platforms import seed_rules, storage_rules
from petal_constructs.platforms.parallelcluster import local_disks
from petal_constructs.platforms.seed_rules import HOME
from petal_constructs.seed.data import SharedStorage
from petal_constructs.seed.model import Seed
from petal_constructs.seed.unique import unique

_HOMES: Final = ("efs", "fsx-ontap", "fsx-openzfs")
"""What keeps copies of its data in more than one place, or may."""


def check(seed: Seed) -> list[Problem]:
    """Every problem of mounts and file systems."""
    shared = storage_rules.placed(seed)
    homes = {f"{path}.mount_point" for path, _ in shared}
    return [
        *seed_rules.mounts(seed, homes=homes),
        *local_disks.check(seed),
        *_counts(shared),
        *unique(_ids(shared), "mount each file system once"),
        *(problem for path, storage in shared for problem in _shared(path, storage, seed)),
    ]


def _ids(shared: list[tuple[str, SharedStorage]]) -> list[tuple[str, str]]:
    return [(f"{path}.id", storage.id) for path, storage in shared if storage.id]


def _shared(path: str, storage: SharedStorage, seed: Seed) -> Iterator[Problem]:
    yield from _names(path, storage)
    yield from _region(path, storage, seed.cluster.region)
    yield from _new(path, storage) if storage.id is None else _existing(path, storage, seed)
    yield from storage_rules.no_effect(path, storage)
    yield from storage_rules.new_lustre(path, storage, seed)
    if storage.mount_point == HOME and storage.type not in _HOMES:
        message = f"homes cannot lie on {KINDS[storage.type]}"
        yield Problem("P333", f"{path}.type", message, "write type: efs, or another mount_point")


def _names(path: str, storage: SharedStorage) -> Iterator[Problem]:
    facts = parallelcluster.FACTS
    taken = (*facts.names.forbidden, DEFAULTS.software_volume_name.value)
    if storage.name in taken:
        message = f"{storage.name} is taken by ParallelCluster or petal"
        yield Problem("P334", f"{path}.name", message, "choose another name")
    if storage.mount_point in facts.storage.forbidden_mount_dirs:
        message = f"ParallelCluster takes {storage.mount_point} for no folder at all"
        yield Problem("P334", f"{path}.mount_point", message, "choose another folder")


def _region(path: str, storage: SharedStorage, region: str) -> Iterator[Problem]:
    without = parallelcluster.FACTS.storage.missing_in.get(storage.type, ())
    if region.startswith(without):
        message = f"ParallelCluster mounts no {KINDS[storage.type]} in {region}"
        yield Problem("P372", f"{path}.type", message, "write type: efs, or fsx-lustre")


def _new(path: str, storage: SharedStorage) -> Iterator[Problem]:
    facts = parallelcluster.FACTS.storage
    least, most = facts.ebs_volume_smallest_gib, facts.ebs_volume_largest_gib
    size = storage.size_gib
    if storage.type in facts.existing_only:
        kind, example = KINDS[storage.type], facts.ids[storage.type].example
        message = f"petal makes no {kind}, and the id of an existing volume is missing"
        yield Problem("P330", path, message, f"add id: {example}, or write type: efs")
    elif storage.type == "ebs" and size is None:
        yield Problem("P331", path, "a new EBS volume needs a size", "add size_gib: 500")
    elif storage.type == "ebs" and size and not least <= size <= most:
        message = f"an EBS volume has {least} to {most} GiB, not {size}"
        nearest = f"{least} or more" if size < least else f"{most} or less"
        hint = f"write size_gib: {nearest}, or type: efs, which grows by itself"
        yield Problem("P331", f"{path}.size_gib", message, hint)


def _existing(path: str, storage: SharedStorage, seed: Seed) -> Iterator[Problem]:
    form = parallelcluster.FACTS.storage.ids[storage.type]
    network = seed.network
    if not re.fullmatch(form.pattern, storage.id or ""):
        message = f"{storage.id} is not an id of {KINDS[storage.type]}"
        yield Problem("P330", f"{path}.id", message, f"write an id such as {form.example}")
    elif storage.type != "ebs":
        yield from storage_rules.within_reach("P330", path, storage, seed)
    elif not network.vpc_id and not network.zones:
        message = f"{storage.id} lies in one Availability Zone, which the seed does not name"
        hint = "add zones: below network:, that of the volume first"
        yield Problem("P330", f"{path}.id", message, hint)


def _counts(shared: list[tuple[str, SharedStorage]]) -> Iterator[Problem]:
    """ParallelCluster counts what petal makes as existing, since it comes by id."""
    facts = parallelcluster.FACTS.storage
    families = Counter(storage.type.split("-")[0] for _, storage in shared)
    limits = {
        "ebs": (facts.ebs_volumes - 1, "EBS volumes beside that of the software"),
        "efs": (facts.existing_efs, "EFS file systems"),
        "fsx": (facts.existing_fsx, "FSx file systems"),
    }
    for family, (most, what) in limits.items():
        if families[family] > most:
            message = f"{families[family]} {what} are more than the {most} of a cluster"
            yield Problem("P332", "data.shared", message, "remove some, or put folders into one")
