"""Slurm's nodes: what is busy, and what room is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .jobs import gpus, words

_BUSY: Final = {"ALLOCATED", "MIXED", "COMPLETING"}
_UP: Final = {"IDLE", "ALLOCATED", "MIXED"}
_DEAD: Final = {
    "DOWN", "NOT_RESPONDING", "INVALID_REG", "ERROR", "UNKNOWN", "POWERED_DOWN", "POWERING_DOWN",
    "POWER_DOWN", "POWER_DRAIN", "POWERING_UP", "REBOOT_REQUESTED", "REBOOT_ISSUED",
}  # fmt: skip
_SET_ASIDE: Final = {"DRAIN", "FAIL", "MAINTENANCE", "RESERVED", "BLOCKED"}


@dataclass(frozen=True, slots=True)
class Node:
    """A node as it is now."""

    name: str
    features: frozenset[str]
    """Upper case."""
    busy: bool
    usable: bool
    """Whether jobs may start on it."""
    set_aside: bool
    """Alive, but somebody wants no job on it, or not any job."""
    cpus: int
    """Not taken by jobs."""
    threads_per_core: int
    memory_mib: int
    gpus: int
    owner: str
    """Whose jobs alone may run on it; empty for anybody's."""


def node(record: Mapping[str, Any], used: frozenset[str]) -> Node:
    """One record of slurmrestd; `used` are the nodes of jobs that run."""
    name = str(record["name"])
    state = words(record["state"]) | words(record.get("state_flags"))
    alive = bool(state & _UP) and not state & _DEAD
    taken = int(record["alloc_cpus"])
    cpus = int(record.get("effective_cpus") or record["cpus"])
    # A pod registers all memory of its host; what it may not use is `specialized`.
    memory = int(record["real_memory"]) - int(record.get("specialized_memory") or 0)
    features = record.get("active_features") or record.get("features") or ()
    return Node(
        name=name,
        features=words(features.split(",") if isinstance(features, str) else features),
        busy=name in used or bool(state & _BUSY) or taken > 0,
        usable=alive and not state & _SET_ASIDE,
        set_aside=alive and bool(state & _SET_ASIDE),
        cpus=max(0, cpus - taken),
        threads_per_core=int(record.get("threads") or 1),
        memory_mib=max(0, memory - int(record["alloc_memory"])),
        gpus=max(0, gpus(record.get("gres")) - gpus(record.get("gres_used"))),
        owner=str(record.get("owner") or ""),
    )
