"""What AWS ParallelCluster says about a change of each parameter of a cluster's configuration.

Example:
    >>> from petal_constructs.catalog.parallelcluster_updates import rule
    >>> rule("HeadNode/InstanceType").policy
    'UNSUPPORTED'
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from petal_constructs.catalog.tables import read_table

FILE: Final = Path(__file__).with_name("parallelcluster_updates.tsv")


@dataclass(frozen=True, slots=True)
class Rule:
    """How ParallelCluster treats a change of one parameter."""

    policy: str
    """Name of its update policy."""
    list_key: str | None = None
    """Of a list of sections: the parameter that tells two of them apart."""
    is_section: bool = False
    """Whether it holds further parameters, which are then compared one by one."""


def rule(path: str) -> Rule:
    """The rule of a parameter, such as `Scheduling/SlurmQueues/CapacityType`.

    What ParallelCluster does not know it does not update either.
    """
    return _rules().get(path, Rule("UNSUPPORTED"))


def is_known(path: str) -> bool:
    """Whether ParallelCluster has a parameter of this path, written as for `rule`."""
    return path in _rules()


@lru_cache
def _rules() -> dict[str, Rule]:
    rows = [row.split("\t") for row in read_table(FILE).rows.values()]
    sections = {path.rpartition("/")[0] for path, _, _ in rows}
    return {
        path.replace("[]", ""): Rule(policy, list_key or None, path in sections)
        for path, policy, list_key in rows
    }
