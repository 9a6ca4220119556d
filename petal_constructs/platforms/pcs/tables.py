"""A plan of Slurm on EKS as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog import prices
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.plan import folders
from petal_constructs.plan.tables import (
    USER_COLUMNS,
    Table,
    budget_terms,
    mount_row,
    network_terms,
    user_row,
)
from petal_constructs.platforms.pcs.software_tables import software_tables
from petal_constructs.platforms.pcs.values import NodeSet, PcsPlan, Queue, SlurmCluster

_STARTERS: Final = {
    "karpenter": "Karpenter",
    "managed-node-groups": "managed node groups and the Cluster Autoscaler",
    "auto-mode": "EKS Auto Mode",
}


def tables(plan: PcsPlan) -> tuple[Table, ...]:
    """The cluster, its queues, and what users find on it; empty parts are left out."""
    people = (_users(plan), _folders(plan))
    found = (_cluster(plan), _tenants(plan), _queues(plan), *software_tables(plan), *people)
    return tuple(table for table in found if table.rows)


def _cluster(plan: PcsPlan) -> Table:
    kubernetes, network = plan.kubernetes, plan.network
    rows = [
        ("region", plan.region),
        ("runs on", f"Slurm on Amazon EKS, Kubernetes {kubernetes.version}"),
        ("system nodes", _system_nodes(plan)),
        ("queues' nodes", f"started by {_STARTERS[kubernetes.node_starter]}"),
        ("network", network_terms(network)),
        ("network policies", kubernetes.network_policy),
        ("ssh from", ", ".join(network.ssh_from)),
        ("accounting", "RDS MariaDB, kept as a snapshot" if plan.accounting else "off"),
        *([("permissions boundary", boundary)] if (boundary := plan.permissions_boundary) else []),
        *(("administrator", role) for role in kubernetes.admin_roles),
        *([("budget", budget_terms(plan.budget))] if plan.budget else []),
        *(("tag", f"{key} = {value}") for key, value in plan.tags),
    ]
    return Table(f"cluster {plan.name}", ("what", "how"), tuple(rows))


def _system_nodes(plan: PcsPlan) -> str:
    kind = DEFAULTS.system_node.value
    price = prices.on_demand(plan.region, kind)
    cost = f"price in {plan.region} unknown to petal"
    if price is not None:
        cost = f"{price.currency} {price.amount:g}/hour each on demand ({price.as_of})"
    if plan.kubernetes.node_starter == "auto-mode":
        return f"{kind}, as many as needed, {cost}"
    return f"2 x {kind} and more when needed, {cost}"


def _tenants(plan: PcsPlan) -> Table:
    rows = tuple(row for cluster in plan.clusters for row in _tenants_of(cluster))
    return Table("tenants", ("tenant", "namespace", "nodes", "queues", "at most"), rows)


def _tenants_of(cluster: SlurmCluster) -> Iterator[tuple[str, ...]]:
    if cluster.tenant is not None:
        queues = ", ".join(queue.name for queue in cluster.queues)
        yield (cluster.tenant, cluster.namespace, "dedicated", queues, str(cluster.limits))
    for account in cluster.accounts:
        queues = ", ".join(
            queue.name
            for queue in cluster.queues
            if not queue.allowed_accounts or account.name in queue.allowed_accounts
        )
        yield (account.name, cluster.namespace, "shared", queues, str(account.limits))


def _queues(plan: PcsPlan) -> Table:
    several = len(plan.clusters) > 1
    rows = tuple(
        (
            (f"{queue.name} ({queue.namespace})" if several else queue.name) if not index else "",
            ", ".join(node_set.instance_types),
            f"{queue.min_count}-{queue.max_count} in all" if not index else "",
            queue.capacity_type.lower(),
            _jobs_get(node_set),
            _largest_job(queue) if not index else "",
        )
        for queue in plan.queues
        for index, node_set in enumerate(queue.node_sets)
    )
    columns = (
        "queue",
        "instance types",
        "nodes",
        "paid",
        "jobs get of each node",
        "largest job on equal nodes",
    )
    return Table("queues", columns, rows)


def _jobs_get(node_set: NodeSet) -> str:
    gpus = f", {node_set.gpus} GPU" if node_set.gpus else ""
    return f"{node_set.pod.cpus} vCPU, {node_set.pod.memory_mib / 1024:.1f} GiB{gpus}"


def _largest_job(queue: Queue) -> str:
    most = max(node_set.pod.cpus for node_set in queue.node_sets)
    extras = " with EFA" if queue.efa else ""
    limit = f", at most {queue.max_time}" if queue.max_time else ""
    return f"{queue.max_count} nodes, {queue.max_count * most} vCPU{extras}{limit}"


def _users(plan: PcsPlan) -> Table:
    rows = {user.name: user_row(user) for cluster in plan.clusters for user in cluster.users}
    return Table("users", USER_COLUMNS, tuple(rows.values()))


def _folders(plan: PcsPlan) -> Table:
    mounts = map(mount_row, plan.s3_mounts)
    return Table("data", ("folder", "from", "access"), (*map(folders.row, plan.folders), *mounts))
