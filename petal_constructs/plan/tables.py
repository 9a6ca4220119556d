"""A plan as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from petal_constructs.plan.values import Budget, Network, S3Mount, User

USER_COLUMNS: Final = ("name", "uid", "gid", "ssh keys")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title; every row has a cell for each column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def budget_terms(budget: Budget) -> str:
    """What a budget says, in a cell."""
    told = ", ".join(budget.emails) or "nobody"
    return f"USD {budget.usd:g} a month, counted by the tag {budget.tag[0]}; mail to {told}"


def network_terms(network: Network) -> str:
    """Which network it is, in a cell."""
    if network.vpc_id:
        return f"existing {network.vpc_id}"
    return f"new VPC, {', '.join(network.zones) or '2 zones'}, NAT"


def user_row(user: User) -> tuple[str, ...]:
    """Cells of `USER_COLUMNS`."""
    return (user.name, str(user.uid), str(user.gid), str(len(user.ssh_public_keys)))


def mount_row(mount: S3Mount) -> tuple[str, str, str]:
    """Folder, bucket, and how it is used."""
    access = "read only" if mount.read_only else "read and write"
    return (mount.mount_point, f"s3://{mount.bucket}/{mount.prefix}", access)
