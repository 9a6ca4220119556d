"""Rules of users, mounts, tags and the network that hold on more than one platform."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from petal_constructs.catalog import accounts, iam, parallelcluster, regions
from petal_constructs.catalog.budgets import budgets
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.errors import Problem
from petal_constructs.plan.bucket_access import mount_statements, packed
from petal_constructs.plan.from_seed import BUDGET_TAG, s3_mounts
from petal_constructs.plan.values import S3Mount
from petal_constructs.seed.model import Seed
from petal_constructs.seed.mounts import inside, mount_points

HOME: Final = "/home"
NO_MORE: Final[Mapping[str, str]] = {}
NETWORK: Final = "network: {ssh_from: [192.0.2.0/24]}"


def mounts(
    seed: Seed, *, homes: Collection[str] = (), ours: Mapping[str, str] = NO_MORE
) -> Iterator[Problem]:
    """Folders of the operating system, of petal and of the users hold no mount.

    Args:
        seed: The seed.
        homes: Paths of mount points that may be /home. Default: none may.
        ours: Folder -> what petal keeps there, beside the software. Default: no more.
    """
    kept = {DEFAULTS.software_mount_dir.value: "petal keeps the software", **ours}
    for path, folder in mount_points(seed):
        reason = None if folder == HOME and path in homes else _taken(folder, seed, kept)
        if reason:
            yield Problem("P310", path, reason, "choose another folder, such as /shared/data")


def _taken(folder: str, seed: Seed, kept: Mapping[str, str]) -> str | None:
    people = {*accounts.reserved().names, *(user.name for user in seed.users)}
    if folder in parallelcluster.FACTS.reserved_mount_dirs or folder == HOME:
        return f"{folder} belongs to the operating system"
    if _is_system_folder(folder):
        return f"{folder} lies among the operating system's files"
    for ours, what in kept.items():
        if folder == ours or inside(folder, ours):
            return f"{ours} is where {what}"
    if folder in {f"/home/{name}" for name in people}:
        return f"{folder} is a user's home"
    return None


def _is_system_folder(folder: str) -> bool:
    system = "|".join(parallelcluster.FACTS.system_folders)
    return re.fullmatch(f"({system})(/.*)?", folder) is not None


def bucket_policies(
    seed: Seed, *, also: Sequence[S3Mount] = (), beside: int = 0
) -> Iterator[Problem]:
    """The right to long prefixes fills IAM policies, and a role has only so many.

    Args:
        seed: The seed.
        also: More that nodes may read. Default: nothing.
        beside: Managed policies that the role of nodes has for other reasons. Default: none.
    """
    partition = regions.partition_of(seed.cluster.region)
    name = partition.name if partition else "aws"
    mounts = s3_mounts(seed)
    needed = len(packed([s for m in (*mounts, *also) for s in mount_statements(m, name)]))
    room = iam.quotas().managed_policies_of_a_role - beside
    if needed > room:
        rights = f"the right to these {len(mounts)} mounts"
        message = f"{rights} fills {needed} IAM policies, and the role of nodes has room for {room}"
        yield Problem("P344", "data.s3_mounts", message, "shorten prefixes, or mount fewer buckets")


def users(seed: Seed, also: Collection[str] = ()) -> Iterator[Problem]:
    """Names and ids of accounts that the images have; `also` are more such names."""
    taken = accounts.reserved()
    names = {*taken.names, *also}
    for index, user in enumerate(seed.users):
        if user.name in names:
            yield Problem(
                "P311",
                f"users[{index}].name",
                f"{user.name} exists on every node already",
                "choose another name; that account is there without being listed",
            )
        for key, value in (("uid", user.uid), ("gid", user.gid)):
            owner = taken.ids.get(value)
            if owner:
                hint = f"choose another {key}, for example {value + 4000}"
                yield Problem(
                    "P311", f"users[{index}].{key}", f"{value} is the id of {owner}", hint
                )


def tags(seed: Seed, *, most: int, reserved: Collection[str]) -> Iterator[Problem]:
    """At most so many tags, and no key with a reserved beginning."""
    written = seed.cluster.tags
    counted = seed.budget is not None
    if len(written) + counted > most:
        with_ours = ", with that of the budget," if counted else ""
        message = f"{len(written) + counted} tags{with_ours} are more than {most}"
        yield Problem("P312", "cluster.tags", message, "remove some")
    yield from reserved_tags("cluster.tags", written, seed, reserved)


def reserved_tags(
    path: str, written: Iterable[str], seed: Seed, reserved: Collection[str]
) -> Iterator[Problem]:
    """Keys whose beginning belongs to somebody else."""
    for key in written:
        for prefix in (*reserved, *([BUDGET_TAG] if seed.budget is not None else [])):
            if key.lower().startswith(prefix):
                message = f"tags that start with {prefix} are reserved"
                yield Problem("P312", f"{path}.{key}", message, "rename the tag")


def ssh(seed: Seed, open_to_all: str) -> Iterator[Problem]:
    """Who may connect; `open_to_all` says what answers any address if nobody says who."""
    if not seed.network.ssh_from:
        there = "network" in seed.model_fields_set
        add = "ssh_from: [192.0.2.0/24] below network:" if there else NETWORK
        yield Problem(
            "P313",
            "network.ssh_from",
            f"missing, so {open_to_all}",
            f"add {add} with the block of your campus",
            level="warning",
        )
    for index, block in enumerate(seed.network.ssh_from):
        if block.endswith("/0"):
            yield Problem(
                "P313",
                f"network.ssh_from[{index}]",
                open_to_all,
                "write the block of your campus, such as 192.0.2.0/24",
                level="warning",
            )


def budget(seed: Seed) -> Iterator[Problem]:
    """Where AWS has no budgets."""
    where = budgets().regions
    if seed.budget is not None and seed.cluster.region not in where:
        message = f"CloudFormation makes no budgets in USD in {seed.cluster.region}"
        hint = "remove budget, and make one by hand in the Billing console"
        yield Problem("P340", "budget", message, hint)


def mail(seed: Seed, senders: Sequence[str]) -> Iterator[Problem]:
    """A budget that tells nobody, and people who are told nothing.

    Args:
        seed: The seed.
        senders: Keys that send mail on the platform.
    """
    if seed.budget is not None and not seed.alert_emails:
        message = "nobody is told when it is spent: alert_emails is missing"
        hint = "add alert_emails: [you@example.org]"
        yield Problem("P341", "budget", message, hint, level="warning")
    if seed.alert_emails and not any(getattr(seed, key) for key in senders):
        message = f"nothing sends them mail: the seed has no {' and no '.join(senders)}"
        yield Problem("P341", "alert_emails", message, f"add {senders[0]}:", level="warning")
