"""What a cluster offers to jobs, whatever its platform."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NodeKind:
    """Nodes of one size in a queue, as Slurm sees them."""

    name: str
    count: int
    """The most that may run at once."""
    cpus: int
    """That Slurm counts: vCPUs."""
    memory_mib: int
    """That Slurm hands out."""
    threads: int = 1
    """CPUs of one core, as far as Slurm knows of cores."""
    gpus: int = 0
    gpu_types: frozenset[str] = frozenset()
    """Words that may stand between `gpu:` and the number."""
    features: frozenset[str] = frozenset()
    """Words for `--constraint`."""
    node_names: str = ""
    """Regular expression of the names of its nodes."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A queue."""

    name: str
    kinds: tuple[NodeKind, ...]
    max_nodes: int
    """Over all its kinds."""
    max_minutes: float = math.inf
    allowed_accounts: tuple[str, ...] = ()
    """Slurm accounts that may submit; empty for everybody."""
    efa: bool = False

    @property
    def features(self) -> frozenset[str]:
        """Of all its nodes."""
        return frozenset().union(*(kind.features for kind in self.kinds))


@dataclass(frozen=True, slots=True)
class Missing:
    """A program that jobs do not find, or cannot use."""

    why: str
    hint: str
    mends: bool = False
    """Whether the hint changes the script alone."""


@dataclass(frozen=True, slots=True)
class Site:
    """A Slurm, as job scripts meet it."""

    platform: str
    partitions: tuple[Partition, ...]
    default: str
    """Partition of jobs that name none."""
    accounts: tuple[str, ...] = ()
    """Slurm accounts; empty where Slurm takes any name."""
    licences: Mapping[str, int] = field(default_factory=dict)
    shares_memory: bool = True
    """Whether Slurm counts memory as it counts CPUs; else a job may have all of a node's."""
    every_time_limit: bool = False
    """Whether a job must keep to the time of all queues that it names, not of one."""
    array_size: int = 1001
    modules: tuple[str, ...] = ()
    """`name/version`, or `name` where the version is known only once it is installed."""
    module_command: bool = True
    """Whether jobs find `module`."""
    plugins: Mapping[str, bool] = field(default_factory=dict)
    """Options that plugins of its Slurm add -> whether they take a value."""
    missing: Mapping[str, Missing] = field(default_factory=dict)
    """Programs by name."""
    folders: tuple[str, ...] = ()
    """Shared and local folders beyond those that every Linux has."""
    read_only: tuple[str, ...] = ()
    """Those of them that nobody can write to."""
    node_logins: bool = False
    """Whether people have keys that let them in to nodes."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Queues of the other side of a hybrid cluster -> that side's platform."""
    opens_ports: str = ""
    """What to know of programs that others connect to; empty for nothing."""

    def partition(self, name: str) -> Partition | None:
        """The queue of that name."""
        return next((each for each in self.partitions if each.name == name), None)
