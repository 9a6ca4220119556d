"""What every platform takes from a seed as it stands."""

from __future__ import annotations

from typing import Final

from petal_constructs.catalog.budgets import budgets
from petal_constructs.plan.values import Budget, Network, S3Mount, SharedFolder, User
from petal_constructs.seed import users as seed_users
from petal_constructs.seed.model import Seed

BUDGET_TAG: Final = "petal:budget"
"""Key of the tag by which a budget finds the costs of its cluster; the value is the name."""


def user(written: seed_users.User) -> User:
    """A user. Comments of keys that are not ASCII go: a node's locale may not know the letters."""
    keys = (
        key if key.isascii() else " ".join(key.split(" ")[:2]) for key in written.ssh_public_keys
    )
    return User(written.name, written.uid, written.gid, tuple(keys))


def s3_mounts(seed: Seed) -> tuple[S3Mount, ...]:
    """The buckets, each prefix with its final slash."""
    return tuple(
        S3Mount(m.bucket, m.mount_point, _with_slash(m.prefix), m.read_only)
        for m in seed.data.s3_mounts
    )


def shared_folders(seed: Seed) -> tuple[SharedFolder, ...]:
    """The shared file systems, of every kind."""
    return tuple(
        SharedFolder(
            s.name, s.type, s.mount_point, s.size_gib, s.id, s.keep, s.import_from, s.export
        )
        for s in seed.data.shared
    )


def _with_slash(prefix: str | None) -> str:
    return f"{prefix.rstrip('/')}/" if prefix else ""


def network(seed: Seed) -> Network:
    """The network; SSH from anywhere if the seed names no block."""
    written = seed.network
    return Network(
        vpc_id=written.vpc_id,
        zones=written.zones,
        public_subnet_ids=written.public_subnets,
        private_subnet_ids=written.private_subnets,
        ssh_from=written.ssh_from or ("0.0.0.0/0",),
        key_name=written.key_name,
    )


def tags(seed: Seed) -> tuple[tuple[str, str], ...]:
    """The seed's tags, and the one that a budget counts by."""
    counted = [] if seed.budget is None else [(BUDGET_TAG, seed.cluster.name)]
    return (*seed.cluster.tags.items(), *counted)


def budget(seed: Seed) -> Budget | None:
    """The budget; None if the seed has none."""
    if seed.budget is None:
        return None
    tag = (BUDGET_TAG, seed.cluster.name)
    return Budget(seed.budget, tag, budgets().alerts, seed.alert_emails)
