"""The queues of a ParallelCluster as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from petal_constructs.plan.tables import Table
from petal_constructs.plan.values import Network
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan, Queue


def queue_tables(plan: ParallelClusterPlan) -> tuple[Table, Table]:
    """The sizes of each queue, and what else is said of some."""
    return _sizes(plan), _more(plan)


def _sizes(plan: ParallelClusterPlan) -> Table:
    rows = tuple(
        (
            queue.name if index == 0 else "",
            ", ".join(resource.instance_types),
            f"{resource.min_count}-{resource.max_count}",
            queue.capacity_type.lower(),
            f"{resource.vcpus} vCPU, {resource.memory_gib:g} GiB"
            + (f", {resource.gpus} GPU" if resource.gpus else ""),
            _largest_job(queue) if index == 0 else "",
        )
        for queue in plan.queues
        for index, resource in enumerate(queue.compute_resources)
    )
    columns = (
        "queue",
        "instance types",
        "nodes",
        "paid",
        "each node",
        "largest job on equal nodes",
    )
    return Table("queues", columns, rows)


def _largest_job(queue: Queue) -> str:
    size = queue.largest_job
    extras = " with EFA" if queue.efa else ""
    limit = f", at most {queue.max_time}" if queue.max_time else ""
    return f"{size.max_count} nodes, {size.max_count * size.vcpus} vCPU{extras}{limit}"


def _more(plan: ParallelClusterPlan) -> Table:
    rows = tuple(
        (queue.name, what, how)
        for queue in plan.queues
        for what, how in (*_details(queue, plan.network), *_images(queue, dict(plan.shown_images)))
    )
    return Table("more of queues", ("queue", "what", "how"), rows)


def _images(queue: Queue, shown: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    if queue.name in shown:
        yield "uses images", ", ".join(shown[queue.name]) or "none"


def _details(queue: Queue, network: Network) -> Iterator[tuple[str, str]]:
    if queue.reservation is not None:
        yield "starts in", queue.reservation
    if queue.subnets != (0,):
        names = network.private_subnet_ids or network.zones
        yield "stands in", ", ".join(names[place] for place in queue.subnets)
    for script in sorted(queue.scripts, key=lambda script: not script.first):
        when = "first" if script.first else "last"
        yield f"runs {when}", " ".join((script.url, *script.args))
    for key, value in queue.tags:
        yield "tag", f"{key} = {value}"
    if queue.gpu_health_check:
        yield "before a job", "tests the GPUs"
