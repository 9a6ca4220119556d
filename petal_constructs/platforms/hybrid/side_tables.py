"""A hybrid plan as tables: what both sides share, then each side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from petal_constructs.plan.tables import Table
from petal_constructs.platforms import parallelcluster, pcs
from petal_constructs.platforms.hybrid.values import HybridPlan
from petal_constructs.platforms.parallelcluster.names import PLATFORM as EC2
from petal_constructs.platforms.pcs.values import PLATFORM as EKS

_SHARED: Final = (
    "region",
    "network",
    "ssh from",
    "accounting",
    "permissions boundary",
    "tag",
    "homes",
)
"""Rows of a side's first table that are the same on the other side; homes stand among the data."""


def tables(plan: HybridPlan) -> tuple[Table, ...]:
    """The cluster, its sides, and what users find on both; empty parts are left out."""
    one, two = parallelcluster.tables(plan.parallelcluster), pcs.tables(plan.pcs)
    both = [table for table in two[1:] if table in one]
    return (
        _cluster(plan, two[0]),
        *_side(EC2, [table for table in one if table not in both], two),
        *_side(EKS, [table for table in two if table not in both], one),
        *both,
    )


def _cluster(plan: HybridPlan, of_pcs: Table) -> Table:
    rows = tuple(row for row in of_pcs.rows if row[0] in _SHARED)
    sides = ("runs on", "AWS ParallelCluster and Slurm on Amazon EKS, side by side")
    offered = plan.parallelcluster.submission is not None
    jobs = ("petal-submit", "from both sides to both sides" if offered else "not offered here")
    return Table(f"cluster {plan.name}", of_pcs.columns, (rows[0], sides, jobs, *rows[1:]))


def _side(name: str, tables: Sequence[Table], others: Sequence[Table]) -> list[Table]:
    """The tables of a side, called after it where the other side has one of that title."""
    first, titles = tables[0], {table.title for table in others}
    own = tuple(row for row in first.rows if row[0] not in _SHARED)
    further = (
        Table(f"{t.title} of {name}" if t.title in titles else t.title, t.columns, t.rows)
        for t in tables[1:]
    )
    return [Table(f"side {name}", first.columns, own), *further]
