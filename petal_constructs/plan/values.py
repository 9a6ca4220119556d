"""What will exist, decided: values shared by all platforms. No CDK, no clock, no network."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Final, Literal

from petal_constructs.catalog import versions

_PRIVATE: Final = tuple(
    IPv4Network(block)
    for block in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
    )
)
"""Blocks whose addresses are not seen on the internet (RFC 1918, 1122, 3927, 6598)."""


@dataclass(frozen=True, slots=True)
class User:
    """A person who logs in: same name and ids on every node."""

    name: str
    uid: int
    gid: int
    ssh_public_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class S3Mount:
    """A bucket, or the part of it under `prefix`, that appears as a folder on every node."""

    bucket: str
    mount_point: str
    prefix: str = ""
    """Key prefix without leading slash, with a final slash; empty for the whole bucket."""
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class SharedFolder:
    """A file system that every node mounts."""

    name: str
    kind: Literal["efs", "fsx-lustre", "ebs", "fsx-ontap", "fsx-openzfs"]
    mount_point: str
    size_gib: int | None
    """Of a new FSx for Lustre or EBS volume; EFS grows by itself."""
    id: str | None
    """Existing file system or volume. Default: a new one."""
    keep: bool
    import_from: str | None = None
    """URL of the bucket, or the part of it, whose objects a new FSx for Lustre holds."""
    export: bool = False
    """Whether new and changed files are written back to it."""


@dataclass(frozen=True, slots=True)
class FileSystem:
    """What nodes must know of a file system to mount it; may hold CDK tokens."""

    id: str
    dns_name: str = ""
    """Of FSx for Lustre."""
    mount_name: str = ""
    """Of FSx for Lustre."""


@dataclass(frozen=True, slots=True)
class Builder:
    """A queue on whose nodes software is compiled, one build at a time."""

    queue: str
    size: str
    """Which of its nodes, by the name of their compute resource, which Slurm has as a feature."""
    max_time: str
    """Longest build, as Slurm writes times."""


@dataclass(frozen=True, slots=True)
class Software:
    """Spack packages and where they are installed."""

    spack_specs: tuple[str, ...]
    """Spack specs in seed order, e.g. `samtools@1.17`."""
    root: str
    """Folder on shared storage that holds Spack, the software and its module files."""
    pins: versions.Spack = field(default_factory=lambda: versions.SPACK)
    """Releases of Spack and its recipes, and what they build for. Default: the catalog's."""
    builder: Builder | None = None
    """Default: the head node."""
    build_cache: str | None = None
    """URL of the site's own, asked before the public one."""
    compiler: str | None = None
    """Preferred one, such as `gcc@13.2`. Default: Spack chooses."""
    contact: str = ""
    """Mail address of who is asked about builds that fail; empty for nobody in particular."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What the cluster may cost in a month, and who is told."""

    usd: float
    tag: tuple[str, str]
    """Key and value of the tag on all that counts."""
    alerts: tuple[tuple[str, int], ...]
    """What is compared, `ACTUAL` or `FORECASTED` cost, and percent of the budget."""
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """The network to build in: ids of an existing one, or none of them for a new one.

    Attributes:
        vpc_id: Existing VPC. Default: None, a new VPC over two Availability Zones.
        zones: Availability Zones of a new VPC. Default: the region's first two.
        public_subnet_ids: Existing subnets with a route to an internet gateway; the head node
            takes the first.
        private_subnet_ids: Existing subnets for compute nodes; the first is used.
        ssh_from: CIDR blocks that may open SSH connections to the head node.
        key_name: EC2 key pair for the default user of the head node.
    """

    vpc_id: str | None = None
    zones: tuple[str, ...] = ()
    public_subnet_ids: tuple[str, ...] = ()
    private_subnet_ids: tuple[str, ...] = ()
    ssh_from: tuple[str, ...] = ()
    key_name: str | None = None

    @property
    def ssh_from_internet(self) -> tuple[str, ...]:
        """Those of `ssh_from` that are addresses on the internet, and not within a campus."""
        return tuple(block for block in self.ssh_from if not _is_private(block))

    @property
    def ssh_from_within(self) -> tuple[str, ...]:
        """The others: private addresses, which reach the VPC through a VPN or Direct Connect."""
        return tuple(block for block in self.ssh_from if _is_private(block))


def _is_private(block: str) -> bool:
    network = IPv4Network(block, strict=False)
    return any(network.subnet_of(private) for private in _PRIVATE)
