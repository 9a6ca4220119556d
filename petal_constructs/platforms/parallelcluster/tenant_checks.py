"""What tenants and accounting cannot be or have on ParallelCluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import Problem
from petal_constructs.plan import tenants
from petal_constructs.platforms import tenant_rules
from petal_constructs.platforms.parallelcluster.names import PLATFORM
from petal_constructs.seed.model import Seed

_ZONES: Final = 2
"""Least Availability Zones of the subnets of a database (Amazon RDS User Guide, DB in a VPC)."""


def check(seed: Seed) -> list[Problem]:
    """Every problem of the tenants, and of the database that they or `accounting` ask for."""
    return [
        *_dedicated(seed),
        *_names(seed),
        *tenant_rules.nothing(seed),
        *tenant_rules.queues_of_nobody(seed, PLATFORM, set(_used(seed))),
        *_left_aside(seed),
        *(_database(seed) if seed.accounting or seed.tenants else ()),
    ]


def _dedicated(seed: Seed) -> Iterator[Problem]:
    for index, tenant in enumerate(seed.tenants):
        if tenant.isolation == "dedicated":
            yield Problem(
                "P350",
                f"tenants[{index}].isolation",
                f"{tenant.name} would be alone, but a ParallelCluster is one Slurm for all",
                "write shared, give it a seed of its own, or choose platform: pcs",
            )


def _names(seed: Seed) -> Iterator[Problem]:
    for index, tenant in enumerate(seed.tenants):
        reason = tenant_rules.account_taken(tenant, parallelcluster.FACTS.slurm.account_names)
        if reason:
            yield tenant_rules.name_taken(index, reason)


def _used(seed: Seed) -> Iterator[str]:
    """Queues that somebody may submit to."""
    allowed = {
        queue.name: tenants.allowed_accounts(queue.name, seed.tenants)
        for queue in seed.parts[PLATFORM].queues
    }
    people = [user.name for user in seed.users]
    accounts = tenants.accounts(seed.tenants, people, allowed.values())
    with_users = {account.name for account in accounts if account.users}
    for name, names in allowed.items():
        if not names or with_users.intersection(names):
            yield name


def _left_aside(seed: Seed) -> Iterator[Problem]:
    for index, tenant in enumerate(seed.tenants):
        aside = {
            "iam_roles": (tenant.iam_roles, "there is no namespace to look into"),
            "quota.storage": (tenant.quota.storage, "no file system here has a quota"),
        }
        for key, (written, reason) in aside.items():
            if written:
                where = f"tenants[{index}].{key}"
                message = f"parallelcluster leaves it aside: {reason}"
                yield Problem("P319", where, message, f"remove {key}", level="warning")


def _database(seed: Seed) -> Iterator[Problem]:
    most = parallelcluster.FACTS.names.cluster_max_length_with_database
    name, network = seed.cluster.name, seed.network
    if len(name) > most:
        message = f"{len(name)} letters, but a cluster with accounting has at most {most}"
        yield Problem("P351", "cluster.name", message, f"write {name[:most].rstrip('-')}")
    if 0 < len(network.zones) < _ZONES:
        message = f"{len(network.zones)} zone, but the accounting database needs {_ZONES}"
        hint = "add another Availability Zone; nodes stay in the first"
        yield Problem("P351", "network.zones", message, hint)
    key = "private_subnets" if network.private_subnets else "public_subnets"
    subnets = len(getattr(network, key))
    if network.vpc_id and 0 < subnets < _ZONES:
        message = f"{subnets} subnet, but the accounting database needs {_ZONES} in different zones"
        hint = "add a subnet in another Availability Zone; nodes stay in the first"
        yield Problem("P351", f"network.{key}", message, hint)
