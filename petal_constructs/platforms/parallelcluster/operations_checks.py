"""Rules of what administrators add: Slurm's settings, logs, the budget."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import Problem
from petal_constructs.platforms import seed_rules
from petal_constructs.platforms.parallelcluster.names import PLATFORM
from petal_constructs.seed.model import Seed


def check(seed: Seed) -> list[Problem]:
    """Every problem of these keys."""
    return [
        *_slurm_settings(seed),
        *_task_prolog(seed),
        *_logs(seed),
        *seed_rules.budget(seed),
        *seed_rules.mail(seed, ("budget", "monitoring")),
    ]


def _slurm_settings(seed: Seed) -> Iterator[Problem]:
    """Slurm ignores the case of its parameters, and takes most of them once."""
    written: dict[str, str] = {}
    for key in seed.cluster.slurm_settings:
        name = key.lower()
        reason, hint = _taken(name, seed) or ("", "remove it")
        if name in written:
            reason, hint = f"{key} is {written[name]}, which stands there already", "keep one"
        if reason:
            yield Problem("P342", f"cluster.slurm_settings.{key}", reason, hint)
        written.setdefault(name, key)


def _task_prolog(seed: Seed) -> Iterator[Problem]:
    """Slurm takes one program; queues with containers of their own need petal's, pyxis none."""
    shows_fewer = any(queue.containers for queue in seed.parts[PLATFORM].queues)
    for key in (key for key in seed.cluster.slurm_settings if key.lower() == "taskprolog"):
        where = f"cluster.slurm_settings.{key}"
        if seed.software.container_runtime == "pyxis":
            message = "no task starts in a container of pyxis where Slurm has one"
            hint = "remove it, or container_runtime: pyxis"
            yield Problem("P355", where, message, hint, level="warning")
        elif seed.software.containers and shows_fewer:
            message = "petal sets it, so that jobs see the containers of their queue"
            hint = "remove it, or containers from the queues; srun --task-prolog runs one for a job"
            yield Problem("P355", where, message, hint)


def _taken(name: str, seed: Seed) -> tuple[str, str] | None:
    """Why a parameter cannot be set, and what to do instead; None if it can."""
    facts = parallelcluster.FACTS.slurm
    if name in facts.denied:
        return f"ParallelCluster sets {name} itself", "remove it"
    if name in facts.denied_with_database and (seed.accounting or seed.tenants):
        return f"ParallelCluster sets {name} itself where Slurm has a database", "remove it"
    if name == "accountingstorageenforce" and seed.tenants:
        return "petal sets it, so that the quotas of tenants bind", "remove it"
    if name == "licenses" and seed.software.licences:
        return "software.licences says which there are", "list all under software.licences"
    return None


def _logs(seed: Seed) -> Iterator[Problem]:
    days, allowed = seed.log_retention_days, parallelcluster.FACTS.logs.retention_days
    if days is None or days in allowed:
        return
    longer = next((choice for choice in allowed if choice > days), allowed[-1])
    message = f"CloudWatch does not keep logs for {days} days"
    yield Problem("P343", "log_retention_days", message, f"write {longer}")
