"""How large the stack of a hybrid cluster becomes, and where its programs cannot run."""

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


@dataclass(frozen=True, slots=True)
class Submission:
    """Where jobs cannot be handed from one side to the other."""

    source: str
    as_of: str
    os_with_old_python: tuple[str, ...]
    """Operating systems of ParallelCluster, as `cluster.os` names them."""


@lru_cache
def submission() -> Submission:
    """The facts."""
    return Submission(**read_toml(_FILE)["submission"])
