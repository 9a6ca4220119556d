"""A ParallelCluster plan as tables."""

from __future__ import annotations

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
from petal_constructs.platforms.parallelcluster.queue_tables import queue_tables
from petal_constructs.platforms.parallelcluster.software_tables import software_tables
from petal_constructs.platforms.parallelcluster.values import (
    LoginPool,
    ParallelClusterPlan,
    Watch,
)


def tables(plan: ParallelClusterPlan) -> tuple[Table, ...]:
    """The cluster, its queues, and what users find on it; empty parts are left out."""
    found = (
        _cluster(plan),
        *queue_tables(plan),
        _tenants(plan),
        *software_tables(plan),
        _users(plan),
        _mounts(plan),
        _operations(plan),
    )
    return tuple(table for table in found if table.rows)


def _cluster(plan: ParallelClusterPlan) -> Table:
    head, network = plan.head_node, plan.network
    price = _price(plan.region, head.instance_type)
    rows = [
        ("region", plan.region),
        ("runs on", f"AWS ParallelCluster {plan.parallelcluster_version}, {_image(plan)}"),
        ("head node", f"{head.instance_type} ({head.memory_gib:g} GiB), {price}"),
        *((f"login nodes {pool.name}", _login(pool, plan.region)) for pool in plan.login_nodes),
        ("network", network_terms(network)),
        ("ssh from", ", ".join(network.ssh_from)),
        ("shared volume", f"{plan.volume.mount_dir}, gp3, {plan.volume.size_gib} GiB, kept"),
        ("homes", _homes(plan)),
        *([("accounting", _records())] if plan.accounting else []),
        *([("jobs in images", "srun --container-image, by pyxis")] if plan.pyxis else []),
        *_account_rules(plan),
        *(("tag", f"{key} = {value}") for key, value in plan.tags),
    ]
    return Table(f"cluster {plan.name}", ("what", "how"), tuple(rows))


def _account_rules(plan: ParallelClusterPlan) -> list[tuple[str, str]]:
    rules = plan.roles
    people = plan.directory and f"{plan.directory.domain}, asked at {plan.directory.addresses[0]}"
    rows = {
        "people": people,
        "permissions boundary": rules.boundary,
        "prefix of roles": rules.prefix,
        "provider": rules.provider,
    }
    return [(what, how) for what, how in rows.items() if how]


def _records() -> str:
    days = DEFAULTS.password_days.value
    return f"RDS MariaDB, kept as a snapshot; a new password every {days} days"


def _image(plan: ParallelClusterPlan) -> str:
    return f"{plan.os} as {plan.custom_ami}" if plan.custom_ami else plan.os


def _homes(plan: ParallelClusterPlan) -> str:
    if plan.homes is None:
        return "/home on the head node's disk, kept"
    return f"/home on {plan.homes.name}"


def _login(pool: LoginPool, region: str) -> str:
    what = f"{pool.count} x {pool.instance_type}, {_price(region, pool.instance_type)} each"
    return f"{what}; a load balancer, whose price petal does not know"


def _price(region: str, instance_type: str) -> str:
    price = prices.on_demand(region, instance_type)
    if price is None:
        return f"price in {region} unknown to petal"
    return f"{price.currency} {price.amount:g}/hour on demand ({price.as_of})"


def _tenants(plan: ParallelClusterPlan) -> Table:
    rows = tuple(
        (
            account.name,
            ", ".join(
                queue.name
                for queue in plan.queues
                if not queue.allowed_accounts or account.name in queue.allowed_accounts
            ),
            str(account.limits),
        )
        for account in plan.accounts
    )
    return Table("tenants", ("tenant", "queues", "at most"), rows)


def _users(plan: ParallelClusterPlan) -> Table:
    return Table("users", USER_COLUMNS, tuple(map(user_row, plan.users)))


def _mounts(plan: ParallelClusterPlan) -> Table:
    rows = (*map(folders.row, plan.shared), *map(mount_row, plan.s3_mounts))
    return Table("data", ("folder", "from", "access"), rows)


def _operations(plan: ParallelClusterPlan) -> Table:
    days = plan.watch.log_retention_days
    rows = [
        *([_monitoring(plan.watch)] if plan.watch.closely else []),
        *([("logs of nodes", f"kept for {days} days")] if days else []),
        *([("budget", budget_terms(plan.budget))] if plan.budget else []),
        *(("slurm.conf", f"{key}={value}") for key, value in plan.slurm_settings),
    ]
    return Table("operations", ("what", "how"), tuple(rows))


def _monitoring(watch: Watch) -> tuple[str, str]:
    told = f", mail to {', '.join(watch.emails)}" if watch.emails else ""
    return ("monitoring", f"dashboard, compute nodes each minute, alarms of the head node{told}")
