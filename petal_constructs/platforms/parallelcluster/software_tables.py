"""The software of a ParallelCluster plan as tables."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.plan.tables import Table
from petal_constructs.plan.values import Software
from petal_constructs.render.software import stamp


def software_tables(software: Software) -> tuple[Table, ...]:
    """What is installed, and how it is built."""
    packages = tuple((spec, f"Spack, below {software.root}") for spec in software.spack_specs)
    rows = tuple(_how(software)) if packages else ()
    return (
        Table("software", ("package", "from"), packages),
        Table("how software is built", ("what", "how"), rows),
    )


def _how(software: Software) -> Iterator[tuple[str, str]]:
    caches = [cache for cache in (software.build_cache, software.pins.build_cache) if cache]
    yield "taken from", ", ".join(caches)
    yield "the rest is compiled", _where(software)
    yield "for", " or ".join(software.pins.targets.values())
    if software.compiler:
        yield "by", software.compiler
    yield "list", f"{stamp(software)}: installed when {software.root}/petal_ready says so"


def _where(software: Software) -> str:
    builder = software.builder
    if builder is None:
        return "on the head node, at lowest priority"
    return (
        f"on a {builder.size} node of queue {builder.queue}, at most {builder.max_time} at a time"
    )
