"""What tenants cannot be or have."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import pcs
from petal_constructs.errors import Problem
from petal_constructs.plan.tenants import Limits
from petal_constructs.platforms import tenant_rules
from petal_constructs.platforms.pcs import limits
from petal_constructs.platforms.pcs.values import (
    NAMESPACE_PREFIX,
    PLATFORM,
    SHARED_NAMESPACE,
    NodeSet,
    PcsPlan,
    Queue,
    SlurmCluster,
)
from petal_constructs.seed.model import Seed
from petal_constructs.seed.tenants import Tenant


def check(seed: Seed, plan: PcsPlan) -> list[Problem]:
    """Every problem of the tenants, and of queues that they leave to nobody."""
    used = {queue.name for cluster in plan.clusters for queue in _usable(cluster)}
    return [
        *_names(seed),
        *tenant_rules.nothing(seed),
        *_dedicated(seed, plan),
        *tenant_rules.queues_of_nobody(seed, PLATFORM, used),
        *_people_without_slurm(seed, plan),
    ]


def _names(seed: Seed) -> Iterator[Problem]:
    for index, tenant in enumerate(seed.tenants):
        reason = _name_taken(tenant)
        if reason:
            yield tenant_rules.name_taken(index, reason)
        if tenant.isolation == "dedicated":
            yield from limits.no_final_hyphen(f"tenants[{index}].name", tenant.name)


def _name_taken(tenant: Tenant) -> str | None:
    name = tenant.name
    if tenant.isolation == "dedicated":
        if NAMESPACE_PREFIX + name == SHARED_NAMESPACE:
            return f"{SHARED_NAMESPACE} is the namespace of all who share a Slurm"
        return None
    return tenant_rules.account_taken(tenant, pcs.FACTS.slurm.account_names)


def _dedicated(seed: Seed, plan: PcsPlan) -> Iterator[Problem]:
    clusters = {cluster.tenant: cluster for cluster in plan.clusters if cluster.tenant}
    for index, tenant in enumerate(seed.tenants):
        if tenant.isolation == "dedicated" and tenant.name in clusters:
            where = f"tenants[{index}]"
            yield from _quota(where, clusters[tenant.name])
            if not tenant.users:
                message = f"{tenant.name} has a Slurm of its own that nobody can log in to"
                yield Problem("P420", where, message, "add users:", level="warning")


def _quota(where: str, cluster: SlurmCluster) -> Iterator[Problem]:
    """A node of each queue must fit; if none does it is an error."""
    quota = cluster.limits
    too_large = [queue for queue in cluster.queues if not _fits(queue, quota)]
    if not too_large or quota.cpus == 0 or quota.nodes == 0:
        return
    smallest = min((s for q in too_large for s in q.node_sets), key=lambda s: s.pod.cpus)
    gpus = f", {smallest.gpus} GPUs" if smallest.gpus else ""
    yield Problem(
        "P419",
        f"{where}.quota",
        f"not one node of {', '.join(queue.name for queue in too_large)} fits: the smallest has "
        f"{smallest.pod.cpus} vCPUs, {smallest.pod.limit_mib // 1024} GiB{gpus}",
        "raise the quota, or add smaller instance types",
        level="error" if len(too_large) == len(cluster.queues) else "warning",
    )


def _fits(queue: Queue, quota: Limits) -> bool:
    return not queue.node_sets or any(_holds(quota, size) for size in queue.node_sets)


def _holds(quota: Limits, size: NodeSet) -> bool:
    asked = (
        (quota.cpus, size.pod.cpus),
        (quota.memory_mib, size.pod.limit_mib),
        (quota.gpus, size.gpus),
    )
    return all(limit is None or limit >= wanted for limit, wanted in asked)


def _people_without_slurm(seed: Seed, plan: PcsPlan) -> Iterator[Problem]:
    """Where dedicated tenants name every queue, nothing is left to share."""
    served = {user.name for cluster in plan.clusters for user in cluster.users}
    sharing = [tenant.name for tenant in seed.tenants if tenant.isolation == "shared"]
    others = [user.name for user in seed.users if user.name not in served]
    if seed.tenants and (sharing or others) and all(cluster.tenant for cluster in plan.clusters):
        yield Problem(
            "P421",
            "tenants",
            f"{', '.join(sharing or others)} would have no queue and no login: dedicated tenants "
            "name every queue",
            "add a queue that no dedicated tenant names",
            level="error" if sharing else "warning",
        )


def _usable(cluster: SlurmCluster) -> Iterator[Queue]:
    """Queues of a Slurm that one of its users may submit to."""
    people = {account.name: account.users for account in cluster.accounts}
    for queue in cluster.queues:
        allowed = queue.allowed_accounts
        if any(people.get(name) for name in allowed) if allowed else cluster.users:
            yield queue
