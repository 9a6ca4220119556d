"""Tenants that share a Slurm: their accounts, limits and queues."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from petal_constructs.seed.tenants import Quota, Tenant

EVERYBODY_ELSE: Final = "users"
"""Slurm account of users whom no tenant names, where tenants share a Slurm."""
_UNITS: Final = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12} | {
    f"{letter}i": 2**power for letter, power in (("K", 10), ("M", 20), ("G", 30), ("T", 40))
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a tenant may use at once; None for no limit."""

    cpus: int | None = None
    memory_mib: int | None = None
    gpus: int | None = None
    nodes: int | None = None
    storage_gib: int | None = None

    def __str__(self) -> str:
        numbers = (
            (self.cpus, "vCPU"),
            (self.memory_mib and f"{self.memory_mib / 1024:g}", "GiB"),
            (self.gpus, "GPU"),
            (self.nodes, "nodes"),
            (self.storage_gib and f"{self.storage_gib} GiB", "of disks"),
        )
        return ", ".join(f"{n} {unit}" for n, unit in numbers if n is not None) or "no limit"


@dataclass(frozen=True, slots=True)
class Account:
    """A Slurm account: a tenant that shares a Slurm with others."""

    name: str
    users: tuple[str, ...]
    limits: Limits


def accounts(
    tenants: Sequence[Tenant], users: Iterable[str], allowed: Iterable[Collection[str]]
) -> tuple[Account, ...]:
    """Every account that a queue allows is made: Slurm lets all in where it knows none of them.

    Args:
        tenants: Those that share a Slurm. None of them: no accounts.
        users: Names of all who use it.
        allowed: For each of its queues what `allowed_accounts` says.
    """
    if not tenants:
        return ()
    named = {name for tenant in tenants for name in tenant.users}
    others = tuple(name for name in users if name not in named)
    found = [Account(tenant.name, tenant.users, limits(tenant.quota)) for tenant in tenants]
    rest = others or any(EVERYBODY_ELSE in names for names in allowed)
    return (*found, *([Account(EVERYBODY_ELSE, others, Limits())] if rest else []))


def allowed_accounts(queue: str, tenants: Sequence[Tenant]) -> tuple[str, ...]:
    """Accounts that may submit to a queue; empty if all may. Named by a tenant, it is reserved."""
    reserved = any(queue in tenant.queues for tenant in tenants)
    allowed = [tenant.name for tenant in tenants if not tenant.queues or queue in tenant.queues]
    if len(allowed) == len(tenants) and not reserved:
        return ()
    return (*allowed, *(() if reserved else (EVERYBODY_ELSE,)))


def limits(quota: Quota) -> Limits:
    """A tenant's quota in numbers."""
    return Limits(
        cpus=quota.cpus,
        memory_mib=mebibytes(quota.memory),
        gpus=quota.gpus,
        nodes=quota.nodes,
        storage_gib=None if quota.storage is None else (mebibytes(quota.storage) or 0) // 1024,
    )


def mebibytes(quantity: str | None) -> int | None:
    """`512Gi` -> 524288: whole MiB of a size as seeds write it, rounded down."""
    if quantity is None:
        return None
    text = quantity.removesuffix("B")
    number = text.rstrip("KMGTi")
    return int(float(number) * _UNITS[text[len(number) :]] / 2**20)
