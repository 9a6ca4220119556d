"""What Slurm on Amazon EKS accepts; `FACTS` is read from `pcs.toml` when first asked for.

Example:
    >>> from petal_constructs.catalog.pcs import FACTS
    >>> FACTS.slurm.nodes
    1024
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("pcs.toml")


@dataclass(frozen=True, slots=True)
class Slurm:
    """Limits of one Slurm under the operator."""

    source: str
    as_of: str
    nodes: int
    """Most nodes, shape nodes included."""
    queue_names: tuple[str, ...]
    """Words of slurm.conf that name no partition."""
    account_names: tuple[str, ...]
    """Accounts that every Slurm has."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """System accounts of the login image, beside those of `catalog.accounts`."""

    source: str
    as_of: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """What EKS asks of a network."""

    source: str
    as_of: str
    zones: int
    """Least Availability Zones, and so least private subnets."""
    zone_ids: dict[str, tuple[str, ...]]
    """Region -> ids of zones that EKS takes, where it does not take all."""


@dataclass(frozen=True, slots=True)
class Tags:
    """AWS's limits of tags."""

    source: str
    as_of: str
    most: int
    reserved_prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Instances:
    """Instance types that EKS cannot start."""

    source: str
    as_of: str
    families_without_image: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kubectl:
    """The kubectl that petal brings."""

    source: str
    as_of: str
    version: str
    skew: int
    """Minor versions that a cluster may be older or newer."""


@dataclass(frozen=True, slots=True)
class Partitions:
    """Partitions of AWS where petal's charts and images cannot be fetched."""

    source: str
    as_of: str
    isolated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stack:
    """How many CloudFormation resources a stack holds, and how long a manifest is."""

    source: str
    as_of: str
    always: int
    each_queue: int
    each_node_group: int
    """Beside those of its queue."""
    each_namespace: int
    each_folder: int
    """Beside the homes."""
    accounting: int
    always_bytes: int
    queue_bytes: int
    namespace_bytes: int
    mount_bytes: int
    """Of a folder or an image: in each queue's pods, and a folder four times in each namespace."""
    software_bytes: int
    """Of what provides software to a namespace that has images."""
    manifest_bytes: int
    """Of a namespace's manifest with what CloudFormation adds, but without users and keys."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything, each table with its source."""

    slurm: Slurm
    accounts: Accounts
    network: Network
    tags: Tags
    instances: Instances
    kubectl: Kubectl
    partitions: Partitions
    stack: Stack


@lru_cache
def _facts() -> Facts:
    table = read_toml(_FILE)
    return Facts(
        slurm=Slurm(**table["slurm"]),
        accounts=Accounts(**table["accounts"]),
        network=Network(**table["network"]),
        tags=Tags(**table["tags"]),
        instances=Instances(**table["instances"]),
        kubectl=Kubectl(**table["kubectl"]),
        partitions=Partitions(**table["partitions"]),
        stack=Stack(**table["stack"]),
    )


FACTS: Facts

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Facts:
        """Read the facts when `FACTS` is first asked for (PEP 562)."""
        if name == "FACTS":
            return _facts()
        raise AttributeError(name)
