"""What AWS ParallelCluster accepts, for the one version that petal deploys.

Example:
    >>> from petal_constructs.catalog.parallelcluster import FACTS
    >>> FACTS.limits.queues
    50

`FACTS` is read from `parallelcluster.toml` when it is first asked for. Every command loads this
module, and a named tuple's class is made in half the time of a dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from petal_constructs.catalog.toml import read_toml

if TYPE_CHECKING:
    from petal_constructs.catalog.instance_types import InstanceType

_FILE = Path(__file__).with_name("parallelcluster.toml")


class OperatingSystem(NamedTuple):
    """An image OS."""

    name: str
    """As `Image.Os` takes it."""
    default_user: str
    """The account that the EC2 key pair opens."""
    public_ami: bool
    """Whether AWS publishes the AMI; else `CustomAmi` is needed."""


class Names(NamedTuple):
    """Patterns, and most letters; `queue_*` holds for compute resources and login pools too."""

    source: str
    as_of: str
    cluster_pattern: str
    cluster_max_length: int
    cluster_max_length_with_database: int
    """Slurm accounting names database tables after the cluster."""
    queue_pattern: str
    queue_max_length: int
    storage_pattern: str
    storage_max_length: int
    forbidden: tuple[str, ...]


class Limits(NamedTuple):
    """Most of each in one cluster."""

    source: str
    as_of: str
    queues: int
    compute_resources: int
    compute_resources_per_queue: int
    login_pools: int
    login_pools_that_surely_fit: int
    """Into what AWS's provider may answer CloudFormation."""
    default_min_count: int
    default_max_count: int
    bootstrap_timeout_s: int
    """Seconds a node has to become ready, custom actions included."""
    tags: int
    tag_key_max_length: int
    tag_value_max_length: int
    reserved_tag_prefix: str


class HeadNodeMemory(NamedTuple):
    """What the head node needs to manage the nodes of a cluster."""

    source: str
    as_of: str
    nodes_per_gib: int
    operating_system_gib: float
    enough_gib: float
    """Never asks for more than this."""

    def needed_gib(self, nodes: int) -> float:
        """Least memory of a head node, in GiB, for the sum of all `max_count`."""
        return min(nodes / self.nodes_per_gib + self.operating_system_gib, self.enough_gib)


class IdForm(NamedTuple):
    """How ids of a kind of storage look."""

    pattern: str
    """Regular expression of a whole id."""
    example: str


class Storage(NamedTuple):
    """Most file systems of each kind in one cluster, and sizes in GiB."""

    source: str
    as_of: str
    ebs_volumes: int
    new_efs: int
    new_fsx: int
    new_raid: int
    existing_efs: int
    existing_fsx: int
    root_volume_default_gib: int
    """Also the least: the size of the AMI's volume."""
    ebs_volume_default_gib: int
    ebs_volume_default_type: str
    ebs_volume_smallest_gib: int
    """Of type gp3 with its usual IOPS, as is the largest."""
    ebs_volume_largest_gib: int
    fsx_lustre_smallest_gib: int
    fsx_lustre_step_gib: int
    """Sizes other than the smallest are multiples of this (SCRATCH_2 and SSD PERSISTENT)."""
    fsx_lustre_persistent_2_throughput: tuple[int, ...]
    """MB/s for each TiB."""
    existing_only: tuple[str, ...]
    """Kinds that ParallelCluster mounts and never makes."""
    forbidden_mount_dirs: tuple[str, ...]
    """Words that it does not take for folders."""
    nodes_that_the_head_serves: int
    """From more on ParallelCluster warns of volumes, which the head node exports."""
    local_disks_mount_dir: str
    """Where nodes that have local disks mount them."""
    missing_in: Mapping[str, tuple[str, ...]]
    """Beginnings of names of regions without it, by kind of storage."""
    ids: Mapping[str, IdForm]
    """By kind of storage, as seeds name it."""


class Capacity(NamedTuple):
    """How instances are bought."""

    source: str
    as_of: str
    default_type: str
    default_allocation_strategy: str
    """Of ONDEMAND and SPOT; CAPACITY_BLOCK has none."""
    allocation_strategies: Mapping[str, tuple[str, ...]]
    """By capacity type; empty where the key must be left out."""

    @property
    def types(self) -> tuple[str, ...]:
        """Capacity types, as `CapacityType` takes them."""
        return tuple(self.allocation_strategies)


class Accelerators(NamedTuple):
    """Families of instance types, such as `p3dn`, whose GPUs or other chips are special."""

    source: str
    as_of: str
    no_driver: tuple[str, ...]
    """AWS's images have no driver for their GPU."""
    not_counted: tuple[str, ...]
    """ParallelCluster sees no accelerator in them."""
    slow_gpu_test: tuple[str, ...]
    """The test of their GPUs may take longer than Slurm waits."""

    def counted_gpus(self, kind: InstanceType) -> int:
        """GPUs that jobs can ask Slurm for: ParallelCluster tells it of no parts of one."""
        return 0 if kind.family in self.not_counted else kind.gpus


class Slurm(NamedTuple):
    """Slurm as ParallelCluster sets it up, and the settings that it keeps for itself.

    Settings are in lower case; Slurm ignores case.
    """

    source: str
    as_of: str
    default_scaledown_idletime_min: int
    memory_share: float
    """Of a node's memory, what Slurm shares out."""
    account_names: tuple[str, ...]
    """Accounts that every Slurm with a database has."""
    denied: tuple[str, ...]
    denied_with_database: tuple[str, ...]
    denied_for_queue: tuple[str, ...]
    denied_for_compute_resource: tuple[str, ...]


class Directory(NamedTuple):
    """What a cluster that asks a directory takes, and its nodes write into sssd.conf."""

    source: str
    as_of: str
    strict_checks: tuple[str, ...]
    """Ways to check certificates that let no false server answer."""
    regions_with_parameters: tuple[str, ...]
    """Where the password may be a parameter of AWS Systems Manager."""
    without_tls: str
    """Option without which SSSD sends no password to a server without TLS."""
    fixed: Mapping[str, str]
    """Options that have one value alone."""
    written: Mapping[str, str]
    """Option -> the seed's key that says it."""


class Roles(NamedTuple):
    """Where ParallelCluster makes its IAM roles."""

    source: str
    as_of: str
    path: str
    """With slashes at both ends; what AWS's provider may make lies below it."""
    path_max_length: int
    name_prefix_max_length: int


class Logs(NamedTuple):
    """How long CloudWatch keeps logs, in days."""

    source: str
    as_of: str
    retention_days: tuple[int, ...]
    """In rising order."""
    default_retention_days: int


class Facts(NamedTuple):
    """Everything about one version."""

    version: str
    as_of: str
    source: str
    provider_template_url: str
    """For `Fn::Sub`: AWS's template with the Lambda function behind `Custom::PclusterCluster`."""
    regions: tuple[str, ...]
    reserved_mount_dirs: tuple[str, ...]
    """Refused as shared storage; a folder below one, such as `/mnt/data`, is accepted."""
    system_folders: tuple[str, ...]
    """Regular expressions of folders in and below which nothing is mounted."""
    architectures: tuple[str, ...]
    names: Names
    limits: Limits
    head_node_memory: HeadNodeMemory
    storage: Storage
    capacity: Capacity
    accelerators: Accelerators
    slurm: Slurm
    directory: Directory
    roles: Roles
    logs: Logs
    operating_systems: Mapping[str, OperatingSystem]
    """By name."""


@lru_cache
def _facts() -> Facts:
    table = read_toml(_FILE)
    systems = {
        name: OperatingSystem(name, **facts)
        for name, facts in table["operating_systems"].items()
        if isinstance(facts, dict)
    }
    parts: dict[str, Any] = {
        "names": Names(**table["names"]),
        "limits": Limits(**table["limits"]),
        "head_node_memory": HeadNodeMemory(**table["head_node_memory"]),
        "storage": _storage(table["storage"]),
        "capacity": Capacity(**table["capacity"]),
        "accelerators": Accelerators(**table["accelerators"]),
        "slurm": Slurm(**table["slurm"]),
        "directory": Directory(**table["directory"]),
        "roles": Roles(**table["roles"]),
        "logs": Logs(**table["logs"]),
        "operating_systems": systems,
    }
    return Facts(**table | parts)


def _storage(table: dict[str, Any]) -> Storage:
    ids = {kind: IdForm(**form) for kind, form in table["ids"].items()}
    return Storage(**table | {"ids": ids})


FACTS: Facts

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Facts:
        """Read the facts when `FACTS` is first asked for (PEP 562)."""
        if name == "FACTS":
            return _facts()
        raise AttributeError(name)
