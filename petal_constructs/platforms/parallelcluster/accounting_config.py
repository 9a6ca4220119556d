"""What a Slurm with a database, and with tenants, adds to the cluster configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan, Queue

_DATABASE: Final = "slurm_acct_db"
"""Slurm's own name for it. ParallelCluster's default is the cluster's, which SQL may not allow."""


@dataclass(frozen=True, slots=True)
class DatabaseReferences:
    """The database that slurmdbd on the head node uses; may hold CDK tokens.

    Attributes:
        address: `host:port`.
        user: Who slurmdbd is there.
        secret_arn: Secret of AWS Secrets Manager that is the password and nothing else.
        security_group: Who may connect.
    """

    address: str
    user: str
    secret_arn: str
    security_group: str


def accounting_settings(
    plan: ParallelClusterPlan, database: DatabaseReferences | None
) -> dict[str, Any]:
    """Keys of `SlurmSettings`, without `CustomSlurmSettings`."""
    # Slurm counts the memory of jobs, so that it can limit it, where it shares it out.
    memory = {"EnableMemoryBasedScheduling": True} if plan.limits_memory else {}
    if database is None:
        return memory
    return memory | {
        "Database": {
            "Uri": database.address,
            "UserName": database.user,
            "PasswordSecretArn": database.secret_arn,
            "DatabaseName": _DATABASE,
        }
    }


def accounting_lines(plan: ParallelClusterPlan) -> tuple[tuple[str, str], ...]:
    """Lines of slurm.conf. ParallelCluster sets EnforcePartLimits=ALL itself.

    Source: aws-parallelcluster-cookbook f75d84c, templates/default/slurm/slurm.conf.erb.
    """
    gpus = any(size.gpus for queue in plan.queues for size in queue.compute_resources)
    counted = (("AccountingStorageTRES", "gres/gpu"),) if plan.accounting and gpus else ()
    enforced = (("AccountingStorageEnforce", "associations,limits,safe"),) if plan.accounts else ()
    return counted + enforced


def queue_settings(queue: Queue) -> dict[str, str]:
    """`CustomSlurmSettings` of a queue: for whom it is, how long and how large a job may be."""
    settings = {
        "MaxTime": queue.max_time,
        "AllowAccounts": ",".join(_allowed(queue)),
        # Without it, a job that asks for no memory would get all that a node has.
        "DefMemPerCPU": queue.default_memory_mib and str(queue.default_memory_mib),
    }
    return {key: value for key, value in settings.items() if value}


def _allowed(queue: Queue) -> tuple[str, ...]:
    """Slurm holds root to the list too; its own account is called like it."""
    of_builds = ("root",) if queue.builds and queue.allowed_accounts else ()
    return (*queue.allowed_accounts, *of_builds)
