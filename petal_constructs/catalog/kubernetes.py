"""What petal installs in an EKS cluster; `FACTS` is read when first asked for.

Example:
    >>> from petal_constructs.catalog import kubernetes
    >>> kubernetes.FACTS.charts["karpenter"].namespace
    'kube-system'
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("kubernetes.toml")


@dataclass(frozen=True, slots=True)
class Chart:
    """A Helm chart by its release."""

    repository: str
    """Where it is: `oci://...` of the chart itself, or the address of a chart repository."""
    version: str
    namespace: str
    """Where it is installed."""


@dataclass(frozen=True, slots=True)
class Images:
    """Container images by tag."""

    slurmctld: str
    slurmd: str
    """With pyxis and enroot."""
    login: str
    """With pyxis and enroot."""
    slurmrestd: str
    slurmdbd: str
    shell: str
    """Shell and core tools, for init containers."""
    python: str
    """Runs petal's own scripts."""
    aws_cli: str
    """Runs the AWS command line."""
    system: str
    """The system of Slurm's pods, without Slurm."""
    cluster_autoscaler: str
    """For the default Kubernetes version; its chart brings an older one."""


@dataclass(frozen=True, slots=True)
class ImageVolumes:
    """Images that the kubelet mounts into pods as folders."""

    source: str
    as_of: str
    since: str
    """First Kubernetes version where petal relies on them."""


@dataclass(frozen=True, slots=True)
class Karpenter:
    """Which Karpenter knows which Kubernetes."""

    source: str
    as_of: str
    needed_for: Mapping[str, str]
    """Kubernetes version -> oldest Karpenter."""


@dataclass(frozen=True, slots=True)
class ClusterAutoscaler:
    """What the cluster autoscaler may do."""

    source: str
    as_of: str
    actions_on_all: tuple[str, ...]
    """IAM actions that look, and know no narrower resource."""
    actions_on_own_groups: tuple[str, ...]
    """IAM actions that change its own groups of machines."""


@dataclass(frozen=True, slots=True)
class Database:
    """The RDS instance for Slurm's job records."""

    source: str
    as_of: str
    mariadb: str
    instance_type: str
    storage_gib: int
    parameters: Mapping[str, str]
    """MariaDB's settings that slurmdbd needs, in bytes and seconds."""

    @property
    def mariadb_major(self) -> str:
        """Such as `11.4`."""
        return self.mariadb.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Limits:
    """What CloudFormation, the CDK's kubectl function, Kubernetes and Slurm refuse beyond."""

    source: str
    as_of: str
    template_bytes: int
    template_resources: int
    custom_resource_response_bytes: int
    """Longer answers of the kubectl function, errors too, fail the stack."""
    kubectl_payload_bytes: int
    """Of one manifest with its event around it."""
    namespace_name: int
    label_value: int
    object_name: int
    slurm_cluster_name: int


@dataclass(frozen=True, slots=True)
class Kubelet:
    """Settings of the kubelet on every node, however the node was started."""

    source: str
    as_of: str
    max_pods: int
    kube_reserved_memory_mib: int
    eviction_memory_mib: int
    eviction_nodefs: str
    eviction_inodes: str
    kube_reserved_cpu_millicores: tuple[float, ...]
    """Of the first vCPU, the second, the third and fourth, and every further one."""

    @property
    def memory_mib(self) -> int:
        """Memory of a node that no pod may request."""
        return self.kube_reserved_memory_mib + self.eviction_memory_mib

    def cpu_millicores(self, vcpus: int) -> int:
        """CPU of a node that no pod may request, rounded up: others round differently."""
        first, second, next_two, further = self.kube_reserved_cpu_millicores
        shares = [first, second, next_two, next_two] + [further] * (vcpus - 4)
        return math.ceil(sum(shares[:vcpus]))

    @property
    def settings(self) -> dict[str, object]:
        """As EC2NodeClass has them in `spec.kubelet` and NodeConfig in `spec.kubelet.config`."""
        return {
            "maxPods": self.max_pods,
            "kubeReserved": {"memory": f"{self.kube_reserved_memory_mib}Mi"},
            "evictionHard": {
                "memory.available": f"{self.eviction_memory_mib}Mi",
                "nodefs.available": self.eviction_nodefs,
                "nodefs.inodesFree": self.eviction_inodes,
            },
        }


@dataclass(frozen=True, slots=True)
class Share:
    """What pods ask of a node."""

    source: str
    cpu_millicores: int
    memory_mib: int


@dataclass(frozen=True, slots=True)
class HugePages:
    """Memory that the EFA driver takes on a node with an Elastic Fabric Adapter."""

    source: str
    least_mib: int
    mib_per_vcpu: int

    def memory_mib(self, vcpus: int) -> int:
        """What it takes on a node of this size, whatever its operating system."""
        return max(self.least_mib, self.mib_per_vcpu * vcpus)


@dataclass(frozen=True, slots=True)
class Reserve:
    """What of a node is not a job's, beside the kubelet's part."""

    source: str
    as_of: str
    vm_memory_overhead: float
    """Share of a type's memory that Karpenter believes the hypervisor takes."""
    arm64_memory_mib: int
    """Memory that Karpenter takes off arm64 types first."""
    least_cpu_millicores: int
    """A pod with less is not worth its node."""
    least_memory_mib: int
    daemon_sets: Mapping[str, Share]
    """By name of the DaemonSet; all of them, whatever a seed needs."""
    sidecars: Share
    """Of the containers beside slurmd in its pod."""
    spare: Share
    """Left unused on purpose, for pods that request nothing."""
    slurmd: Share
    """What of its pod is no job's."""
    huge_pages: HugePages
    """Beside all of that, where a queue uses EFA."""

    @property
    def cpu_millicores(self) -> int:
        """All that is taken off a node."""
        return sum(share.cpu_millicores for share in self._shares)

    @property
    def memory_mib(self) -> int:
        """All that is taken off a node."""
        return sum(share.memory_mib for share in self._shares)

    @property
    def _shares(self) -> tuple[Share, ...]:
        return (*self.daemon_sets.values(), self.sidecars, self.spare)


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """Releases that petal was made for."""

    source: str
    as_of: str
    ami_alias: str
    """AMI release of nodes, as Karpenter's EC2NodeClass spells it."""
    charts: Mapping[str, Chart]
    """By chart name."""
    images: Images
    image_volumes: ImageVolumes
    karpenter: Karpenter
    cluster_autoscaler: ClusterAutoscaler
    database: Database
    limits: Limits
    kubelet: Kubelet
    reserve: Reserve


@lru_cache
def _facts() -> Kubernetes:
    table = read_toml(_FILE)
    return Kubernetes(
        **table
        | {
            "charts": {name: Chart(**chart) for name, chart in table["charts"].items()},
            "images": Images(**table["images"]),
            "image_volumes": ImageVolumes(**table["image_volumes"]),
            "karpenter": Karpenter(**table["karpenter"]),
            "cluster_autoscaler": ClusterAutoscaler(**table["cluster_autoscaler"]),
            "database": Database(**table["database"]),
            "limits": Limits(**table["limits"]),
            "kubelet": Kubelet(**table["kubelet"]),
            "reserve": _reserve(table["reserve"]),
        }
    )


def _reserve(table: Mapping[str, Any]) -> Reserve:
    daemon_sets = {name: Share(**share) for name, share in table["daemon_sets"].items()}
    shares = {name: Share(**table[name]) for name in ("sidecars", "spare", "slurmd")}
    huge_pages = HugePages(**table["huge_pages"])
    return Reserve(**{**table, **shares, "daemon_sets": daemon_sets, "huge_pages": huge_pages})


FACTS: Kubernetes

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Kubernetes:
        """Read the file when `FACTS` is first asked for (PEP 562)."""
        if name == "FACTS":
            return _facts()
        raise AttributeError(name)
