"""Slurm on Amazon EKS, decided: everything that manifests and the stack are made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from petal_constructs.catalog import kubernetes
from petal_constructs.catalog.cpu_targets import MACHINES
from petal_constructs.errors import UsageError
from petal_constructs.plan.submission import Submission
from petal_constructs.plan.tenants import Account, Limits
from petal_constructs.plan.values import Budget, Network, S3Mount, SharedFolder, User
from petal_constructs.platforms.pcs.software import LOGIN_MACHINE, NO_SOFTWARE, Software

if TYPE_CHECKING:
    from petal_constructs.platforms import Plan

PLATFORM: Final = "pcs"
SHARED_NAMESPACE: Final = "hpc-jobs"
"""Kubernetes namespace of the Slurm that everybody without a dedicated one shares."""
NAMESPACE_PREFIX: Final = "hpc-"
"""A dedicated tenant's namespace is called this and the tenant's name."""

NodeStarter = Literal["karpenter", "managed-node-groups", "auto-mode"]


@dataclass(frozen=True, slots=True)
class PodSize:
    """What one slurmd pod asks of its node, and what Slurm sees in it."""

    cpu_request_millicores: int
    """What is left for jobs after the kubelet's and the daemon sets' share."""
    cpus: int
    """Limit: all vCPUs of the node, because Slurm counts whole ones."""
    limit_mib: int
    """Request and limit of memory."""
    memory_mib: int
    """What of it Slurm hands out; slurmd itself has the rest."""


@dataclass(frozen=True, slots=True)
class NodeSet:
    """Nodes of one size in a queue: equal vCPUs, GPUs and architecture."""

    name: str
    """Such as `compute-cpu16`: also the Slurm feature of its nodes, and how their names begin."""
    instance_types: tuple[str, ...]
    architecture: str
    """`x86_64` or `arm64`."""
    cores: int
    """Physical cores; `pod.cpus / cores` is Slurm's ThreadsPerCore."""
    gpus: int
    efa_interfaces: int
    """Elastic Fabric Adapters that a pod asks for; 0 unless the queue wants EFA."""
    pod: PodSize
    min_count: int
    max_count: int
    """The queue's: the scaler caps the sum over the queue's sizes."""

    @property
    def machine(self) -> str:
        """Architecture, as `uname -m` says it: what images are built for."""
        return MACHINES[self.architecture]

    @property
    def threads_per_core(self) -> int:
        """Slurm's ThreadsPerCore."""
        return max(1, self.pod.cpus // self.cores)


@dataclass(frozen=True, slots=True)
class Queue:
    """A Slurm partition, the node sets behind it and the Karpenter node pool behind those."""

    name: str
    namespace: str
    capacity_type: str
    """`ONDEMAND`, `SPOT` or `CAPACITY_BLOCK`."""
    node_sets: tuple[NodeSet, ...]
    """In the order in which the seed first names a size."""
    min_count: int
    max_count: int
    efa: bool
    placement_group: bool
    local_disks: bool
    """Whether every type has NVMe disks, which then become one scratch space."""
    max_time: str | None
    """Slurm time, or None for no limit."""
    default: bool
    allowed_accounts: tuple[str, ...]
    """Slurm accounts that may submit; empty for everybody."""
    job_image: str | None = None
    """What pyxis runs whole batch jobs in, as enroot names it. Default: they run on the node."""

    @property
    def node_pool(self) -> str:
        """Name of its NodePool and EC2NodeClass; a dot, which no part holds, keeps it unique."""
        return f"{self.name}.{self.namespace}"

    @property
    def instance_types(self) -> tuple[str, ...]:
        """All types, in seed order within each size."""
        return tuple(name for node_set in self.node_sets for name in node_set.instance_types)


@dataclass(frozen=True, slots=True)
class SlurmCluster:
    """One Slurm in one namespace: shared by all, or of a dedicated tenant."""

    namespace: str
    tenant: str | None
    """The dedicated tenant; None for the shared one."""
    cluster_name: str
    """Slurm's ClusterName: lower case, at most 40 characters."""
    queues: tuple[Queue, ...]
    users: tuple[User, ...]
    """Who has an account on its login node."""
    accounts: tuple[Account, ...]
    """Empty where no tenant shares it."""
    accounting: bool
    limits: Limits
    """What the namespace may use at once; of a dedicated tenant."""
    iam_roles: tuple[str, ...]
    """ARNs of roles that may look into the namespace."""
    submission: Submission | None = None
    """Another cluster whose people submit to its queues. Default: there is none."""

    @property
    def database(self) -> str:
        """Name of its database for job records."""
        return f"slurm_{self.namespace.replace('-', '_')}"

    @property
    def reserved(self) -> tuple[tuple[str, str], ...]:
        """Queue and account, for each account that may use a queue which is not open to all."""
        return tuple((q.name, account) for q in self.queues for account in q.allowed_accounts)

    @property
    def machines(self) -> tuple[str, ...]:
        """Machines of its pods as `uname -m` says them, the login pod's first."""
        found = (node_set.machine for queue in self.queues for node_set in queue.node_sets)
        return tuple(dict.fromkeys((LOGIN_MACHINE, *found)))

    @property
    def job_images(self) -> dict[str, str]:
        """The queues whose batch jobs run in an image, and that."""
        return {queue.name: queue.job_image for queue in self.queues if queue.job_image}

    @property
    def gpus(self) -> bool:
        """Whether any queue has GPUs."""
        return any(node_set.gpus for queue in self.queues for node_set in queue.node_sets)


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """The EKS cluster."""

    version: str
    """Such as `1.36`."""
    node_starter: NodeStarter
    network_policy: Literal["vpc-cni", "calico"]
    admin_roles: tuple[str, ...]
    """ARNs of IAM roles that administer the cluster with kubectl."""

    @property
    def image_volumes(self) -> bool:
        """Whether the kubelet mounts images as volumes; else a pod copies what it needs of them.

        EKS Auto Mode does not say which containerd its nodes have.
        """
        since = kubernetes.FACTS.image_volumes.since
        new = [int(part) for part in self.version.split(".")] >= [*map(int, since.split("."))]
        return new and self.node_starter != "auto-mode"


@dataclass(frozen=True, slots=True)
class PcsPlan:
    """What petal builds on Amazon EKS."""

    platform: str
    name: str
    region: str
    tags: tuple[tuple[str, str], ...]
    kubernetes: Kubernetes
    clusters: tuple[SlurmCluster, ...]
    """The shared one first, where there is one; then the dedicated ones in seed order."""
    homes: SharedFolder
    """EFS at /home."""
    shared: tuple[SharedFolder, ...]
    s3_mounts: tuple[S3Mount, ...]
    network: Network
    budget: Budget | None = None
    zone_ids: tuple[str, ...] = ()
    """Of the Availability Zones of a new VPC; empty where the region's first two will do."""
    permissions_boundary: str | None = None
    """ARN of the managed policy that bounds every role. Default: none."""
    software: Software = NO_SOFTWARE
    """Images of software for login nodes and jobs. Default: none."""

    @property
    def queues(self) -> tuple[Queue, ...]:
        """All queues of all its Slurm clusters."""
        return tuple(queue for cluster in self.clusters for queue in cluster.queues)

    def within(self, namespace: str) -> PcsPlan:
        """The same without images that only queues of other namespaces use."""
        mine = [queue.name for queue in self.queues if queue.namespace == namespace]
        others = [queue.name for queue in self.queues if queue.namespace != namespace]
        return replace(self, software=self.software.within(mine, others))

    @property
    def accounting(self) -> bool:
        """Whether a database for job records is made."""
        return any(cluster.accounting for cluster in self.clusters)

    @property
    def folders(self) -> tuple[SharedFolder, ...]:
        """Homes and what else is shared, without buckets."""
        return (self.homes, *self.shared)


def as_pcs(plan: Plan) -> PcsPlan:
    """The plan, if it is one for Slurm on EKS.

    Raises:
        UsageError: It is for another platform.
    """
    if isinstance(plan, PcsPlan):
        return plan
    raise UsageError(f"a plan for {plan.platform} cannot be built on pcs")
