"""What petal chooses where a seed says nothing, each with its reason.

Example:
    >>> from petal_constructs.catalog.defaults import DEFAULTS
    >>> DEFAULTS.os.value
    'alinux2023'
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from petal_constructs.catalog.toml import read_toml

T = TypeVar("T", str, int)

_FILE = Path(__file__).with_name("defaults.toml")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """A value and why it was chosen."""

    value: T
    reason: str


@dataclass(frozen=True, slots=True)
class Defaults:
    """The choices; sizes in GiB."""

    os: Choice[str]
    """Image OS of ParallelCluster's nodes."""
    head_node: Choice[str]
    """Instance type of a head node."""
    root_volume_gib: Choice[int]
    """Root volume of every node."""
    software_volume_gib: Choice[int]
    """Volume that holds Spack and the software, shared by the head node."""
    software_volume_name: Choice[str]
    """Name of that volume in the cluster configuration."""
    software_mount_dir: Choice[str]
    """Where nodes see it."""
    spot_allocation_strategy: Choice[str]
    """How AWS picks spot instances among the types of a size."""
    build_vcpus: Choice[int]
    """Least vCPUs of a node that compiles software, where the queue has sizes to choose from."""
    build_minutes: Choice[int]
    """Least time that jobs of a queue may take for software to be compiled there unasked."""
    build_time: Choice[str]
    """Longest job that compiles software, as Slurm writes times, where the queue has no limit."""
    system_node: Choice[str]
    """Instance type of the nodes that run a Kubernetes cluster's own pods; x86_64."""
    password_days: Choice[int]
    """How long the password of an accounting database stays the same."""
    function_runtime: Choice[str]
    """What petal's own functions in AWS Lambda run on."""
    function_log_days: Choice[int]
    """How long CloudWatch keeps what they log."""


@lru_cache
def _defaults() -> Defaults:
    return Defaults(**{name: Choice(**choice) for name, choice in read_toml(_FILE).items()})


DEFAULTS: Defaults

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Defaults:
        """Read the file when `DEFAULTS` is first asked for (PEP 562)."""
        if name == "DEFAULTS":
            return _defaults()
        raise AttributeError(name)
