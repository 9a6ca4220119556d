"""A ParallelCluster, decided: everything that the configuration and the stack are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import UsageError
from petal_constructs.plan.bucket_access import read_only
from petal_constructs.plan.image_list import ListedImage
from petal_constructs.plan.images import Shown
from petal_constructs.plan.pulled_images import PulledImage
from petal_constructs.plan.submission import Submission
from petal_constructs.plan.tenants import Account
from petal_constructs.plan.values import Budget, Network, S3Mount, SharedFolder, Software, User
from petal_constructs.platforms.parallelcluster.directory_config import Directory
from petal_constructs.platforms.parallelcluster.roles import Roles

if TYPE_CHECKING:
    from petal_constructs.platforms import Plan


@dataclass(frozen=True, slots=True)
class HeadNode:
    """The machine that runs Slurm's controller, logins and the shared folders."""

    instance_type: str
    memory_gib: float
    root_volume_gib: int


@dataclass(frozen=True, slots=True)
class ComputeResource:
    """Nodes of one size in a queue: equal vCPUs, accelerators and architecture."""

    name: str
    instance_types: tuple[str, ...]
    min_count: int
    max_count: int
    vcpus: int
    memory_gib: float
    """Of the smallest type in it."""
    gpus: int
    """That Slurm counts: whole ones."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script of the site that a node runs when it starts."""

    url: str
    args: tuple[str, ...]
    first: bool
    """Whether it runs before ParallelCluster sets up the node; else after petal has."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A Slurm partition."""

    name: str
    capacity_type: str
    allocation_strategy: str | None
    """None where AWS has nothing to choose from."""
    compute_resources: tuple[ComputeResource, ...]
    efa: bool
    placement_group: bool
    max_time: str | None
    root_volume_gib: int
    allowed_accounts: tuple[str, ...] = ()
    """Slurm accounts that may submit; empty for everybody."""
    builds: bool = False
    """Whether software is compiled here, by jobs of root."""
    default_memory_mib: int | None = None
    """Memory of a job that asks for none, for each CPU. Default: Slurm shares out no memory."""
    reservation: str | None = None
    """Id of a capacity reservation, or ARN of a resource group of them."""
    subnets: tuple[int, ...] = (0,)
    """Places among the network's private subnets, the first is 0."""
    scripts: tuple[Script, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    gpu_health_check: bool = False

    @property
    def reserves_one_type(self) -> bool:
        """Whether all nodes come from one reservation, so that AWS has nothing to choose from."""
        return self.reservation is not None and self.reservation.startswith("cr-")

    @property
    def largest_job(self) -> ComputeResource:
        """The size that offers most vCPUs at once: the largest job on equal nodes fits there."""
        return max(self.compute_resources, key=lambda resource: resource.vcpus * resource.max_count)


@dataclass(frozen=True, slots=True)
class LoginPool:
    """Equal machines to log in to, behind a load balancer of their own."""

    name: str
    instance_type: str
    count: int
    gracetime_minutes: int
    """How long those who are logged in may go on when a node is to stop."""


@dataclass(frozen=True, slots=True)
class SharedVolume:
    """The gp3 volume that the head node shares with all nodes; it holds the software."""

    name: str
    mount_dir: str
    size_gib: int


@dataclass(frozen=True, slots=True)
class Watch:
    """What CloudWatch sees of the cluster."""

    closely: bool = False
    """Each minute of compute nodes, and alarms that reach somebody."""
    emails: tuple[str, ...] = ()
    """Who hears of alarms."""
    log_retention_days: int | None = None
    """How long logs of nodes are kept. Default: as ParallelCluster does."""


@dataclass(frozen=True, slots=True)
class ParallelClusterPlan:
    """What petal asks AWS ParallelCluster for."""

    platform: str
    name: str
    region: str
    parallelcluster_version: str
    provider_template_url: str
    """AWS's template of that version, with CloudFormation's pseudo parameters in `${...}`."""
    os: str
    default_user: str
    tags: tuple[tuple[str, str], ...]
    head_node: HeadNode
    queues: tuple[Queue, ...]
    """The default queue first."""
    volume: SharedVolume
    software: Software
    users: tuple[User, ...]
    s3_mounts: tuple[S3Mount, ...]
    network: Network
    custom_ami: str | None = None
    """Image of all nodes. Default: AWS's own for `os`."""
    slurm_settings: tuple[tuple[str, str], ...] = ()
    """Lines of slurm.conf that ParallelCluster does not write itself."""
    watch: Watch = Watch()
    budget: Budget | None = None
    shared: tuple[SharedFolder, ...] = ()
    """In seed order."""

    @property
    def made(self) -> tuple[SharedFolder, ...]:
        """New file systems: petal's stack makes them, and ParallelCluster the volumes."""
        return tuple(s for s in self.shared if s.id is None and s.kind != "ebs")

    @property
    def homes(self) -> SharedFolder | None:
        """What is mounted at /home; None if it lies on the head node's disk."""
        return next((folder for folder in self.shared if folder.mount_point == "/home"), None)

    accounting: bool = False
    """Whether Slurm keeps job records in a database."""
    accounts: tuple[Account, ...] = ()
    """Empty where there are no tenants."""
    directory: Directory | None = None
    """What knows the people, in place of `users`."""
    roles: Roles = field(default_factory=Roles)
    login_nodes: tuple[LoginPool, ...] = ()
    """In seed order. Default: people log in to the head node."""
    images: tuple[PulledImage, ...] = ()
    """Container images that the head node fetches for all nodes."""
    shown_images: Shown = ()
    """Queues whose jobs see the modules of some of them alone."""
    pyxis: bool = False
    """Whether jobs may start in an image of their own choice."""
    image_list: tuple[ListedImage, ...] = ()
    """The same, and those that are not pushed yet, for people."""
    submission: Submission | None = None
    """Another cluster to whose queues people submit. Default: there is none."""

    @property
    def mount_points(self) -> tuple[str, ...]:
        """Folders of the cluster that programs in images see too, where a node has them."""
        disks = parallelcluster.FACTS.storage.local_disks_mount_dir
        folders = [folder.mount_point for folder in self.shared]
        buckets = [mount.mount_point for mount in self.s3_mounts]
        own = ("/home", self.volume.mount_dir, disks)
        return tuple(dict.fromkeys((*own, *folders, *buckets)))

    @property
    def staffed_pools(self) -> frozenset[str]:
        """Names of the login pools that have nodes."""
        return frozenset(pool.name for pool in self.login_nodes if pool.count)

    @property
    def buckets(self) -> tuple[S3Mount, ...]:
        """What nodes may use: the mounts, and the site's build cache if it lies in S3."""
        return (*self.s3_mounts, *read_only(self.software.build_cache))

    @property
    def script_urls(self) -> tuple[str, ...]:
        """Objects of S3 that nodes of queues run when they start."""
        urls = (script.url for queue in self.queues for script in queue.scripts)
        return tuple(dict.fromkeys(url for url in urls if url.startswith("s3://")))

    @property
    def slurm_name(self) -> str:
        """Slurm's ClusterName as its database has it: in lower case."""
        return self.name.lower()

    @property
    def limits_memory(self) -> bool:
        """Whether any tenant has a limit of memory."""
        return any(account.limits.memory_mib is not None for account in self.accounts)

    @property
    def login(self) -> str | None:
        """An account that a key opens: a user's, else the image's own; None without keys."""
        with_key = [user.name for user in self.users if user.ssh_public_keys]
        default = [self.default_user] if self.network.key_name else []
        return next(iter(with_key + default), None)

    @property
    def head_node_alarm(self) -> str:
        """ParallelCluster's alarm that goes off with any other of the head node.

        Source: aws-parallelcluster 3.16.1, templates/cluster_stack.py, 2026-11-22.
        """
        return f"{self.name}-HeadNode"

    @property
    def dashboard(self) -> str:
        """Name of its dashboard in CloudWatch; source: templates/cw_dashboard_builder.py."""
        return f"{self.name}-{self.region}"


def as_parallelcluster(plan: Plan) -> ParallelClusterPlan:
    """The plan, if it is one for ParallelCluster.

    Raises:
        UsageError: It is for another platform.
    """
    if isinstance(plan, ParallelClusterPlan):
        return plan
    raise UsageError(f"a plan for {plan.platform} cannot be built on parallelcluster")
