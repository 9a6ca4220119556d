"""The software of a ParallelCluster plan as tables."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import instance_types
from petal_constructs.catalog.cpu_targets import MACHINES
from petal_constructs.plan.image_list import image_tables
from petal_constructs.plan.tables import Table
from petal_constructs.plan.values import Software
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan
from petal_constructs.render.software import stamp


def software_tables(plan: ParallelClusterPlan) -> tuple[Table, ...]:
    """What is installed, and how it is built."""
    software, head = plan.software, instance_types.find(plan.head_node.instance_type)
    packages = tuple((spec, f"Spack, below {software.root}") for spec in software.spack_specs)
    target = software.pins.targets[MACHINES[head.architecture if head else "x86_64"]]
    rows = tuple(_how(software, target)) if packages else ()
    return (
        Table("software", ("package", "from"), packages),
        Table("how software is built", ("what", "how"), rows),
        *image_tables(plan.image_list),
    )


def _how(software: Software, target: str) -> Iterator[tuple[str, str]]:
    caches = [cache for cache in (software.build_cache, software.pins.build_cache) if cache]
    yield "taken from", ", ".join(caches)
    yield "the rest is compiled", _where(software)
    yield "for", target
    if software.compiler:
        yield "by", software.compiler
    yield "list", f"{stamp(software)}: installed when {software.root}/petal_ready says so"


def _where(software: Software) -> str:
    builder = software.builder
    if builder is None:
        return "on the head node, at lowest priority"
    node = f"a {builder.size} node of queue {builder.queue}"
    return f"on {node}, at most {builder.max_time} at a time"
