"""How large the stack of a hybrid cluster becomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("hybrid.toml")


@dataclass(frozen=True, slots=True)
class StackSize:
    """What the ParallelCluster side adds to the template of the pcs side."""

    source: str
    as_of: str
    resources: int
    """CloudFormation resources."""
    bytes: int
    """Without queues."""
    queue_bytes: int
    """Each queue."""
    size_bytes: int
    """Each instance type of a queue, which may need a compute resource of its own."""


@lru_cache
def stack_size() -> StackSize:
    """The facts."""
    return StackSize(**read_toml(_FILE)["stack"])
