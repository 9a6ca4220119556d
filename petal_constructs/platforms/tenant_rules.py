"""Rules of tenants that hold on more than one platform."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from petal_constructs.errors import Problem
from petal_constructs.plan.tenants import EVERYBODY_ELSE
from petal_constructs.seed.model import Seed
from petal_constructs.seed.tenants import Tenant


def account_taken(tenant: Tenant, accounts: Collection[str]) -> str | None:
    """Why a tenant cannot be an account of a Slurm that has `accounts` from the start."""
    if tenant.name == EVERYBODY_ELSE:
        return f"{tenant.name} is the account of those whom no tenant names"
    if tenant.name in accounts:
        return f"{tenant.name} is an account that every Slurm has"
    return None


def name_taken(index: int, reason: str) -> Problem:
    """A tenant has a name that it cannot have."""
    return Problem("P418", f"tenants[{index}].name", reason, "choose another name")


def nothing(seed: Seed) -> Iterator[Problem]:
    """A quota of 0 lets no job run; 0 GPUs are a fair wish."""
    for index, tenant in enumerate(seed.tenants):
        for key in ("nodes", "cpus"):
            if getattr(tenant.quota, key) == 0:
                message = f"{tenant.name} could run nothing with 0 {key}"
                hint = f"raise it, or leave {key} out for no limit"
                yield Problem("P419", f"tenants[{index}].quota.{key}", message, hint)


def queues_of_nobody(seed: Seed, platform: str, used: Collection[str]) -> Iterator[Problem]:
    """Queues that tenants leave to nobody; `used` are those that somebody may submit to."""
    if not seed.tenants:
        return
    path = seed.compute_path(platform)
    for index, queue in enumerate(seed.parts[platform].queues):
        if queue.max_count and queue.name not in used:
            yield Problem(
                "P421",
                f"{path}.queues[{index}]",
                f"no user may submit to {queue.name}",
                "name it in queues: of a tenant that has users, or remove it",
                level="warning",
            )
