"""The namespace of a Slurm: what its pods may do, use and reach, and who may look into it."""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.plan.tenants import Limits
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.network_policies import add_policies
from petal_constructs.platforms.pcs.charts.objects import RBAC, Chart, add, add_role
from petal_constructs.platforms.pcs.charts.storage import STORAGE_CLASS
from petal_constructs.platforms.pcs.values import PcsPlan, SlurmCluster

POD_SECURITY: Final = {
    "pod-security.kubernetes.io/enforce": "privileged",
    "pod-security.kubernetes.io/warn": "baseline",
    "pod-security.kubernetes.io/audit": "baseline",
}
"""The operator makes slurmd pods privileged (its `worker_app.go`); others are told of."""

CONTROLLER_VOLUME_GIB: Final = 4
"""What Slurm's controller keeps of a tenant's storage for its own state."""
VIEW: Final = "petal-view"
_LOOK: Final = ["get", "list", "watch"]
_SEEN: Final = {
    "": [
        "pods",
        "pods/log",
        "events",
        "services",
        "resourcequotas",
        "limitranges",
        "persistentvolumeclaims",
    ],
    "events.k8s.io": ["events"],
    "slinky.slurm.net": ["controllers", "nodesets", "loginsets", "restapis", "accountings"],
}
"""API group -> what a tenant's roles see: no secrets, and none of the rights that are root on a
node where pods may be privileged (making pods, running commands in them)."""


def viewers(namespace: str) -> str:
    """Kubernetes group of the IAM roles that may look into a namespace."""
    return f"petal:{namespace}"


def namespace(plan: PcsPlan, cluster: SlurmCluster, *, vpc_cidrs: tuple[str, ...]) -> Chart:
    """A Slurm's namespace with its rules; see `network_policies.add_policies` for `vpc_cidrs`.

    Rules are there even where they rule nothing: the CDK deletes no quota, network policy or role
    that is gone from a manifest, but it does change one.
    """
    place = cluster.namespace
    made = Chart(f"{place}-namespace")
    tenant = {names.TENANT_LABEL: cluster.tenant} if cluster.tenant else {}
    add(made, "v1", "Namespace", place, labels={**POD_SECURITY, **tenant})
    add(
        made,
        "v1",
        "ServiceAccount",
        names.JOBS_ACCOUNT,
        namespace=place,
        automountServiceAccountToken=False,
    )
    add_policies(made, plan, cluster, vpc_cidrs=vpc_cidrs)
    _add_quotas(made, place, cluster.limits)
    _add_view(made, place)
    return made


def priority_class() -> Chart:
    """The class of slurmd pods. It prefers nobody; quotas tell those pods from others by it."""
    made = Chart("priority-class")
    add(
        made,
        "scheduling.k8s.io/v1",
        "PriorityClass",
        names.JOBS_PRIORITY,
        value=0,
        preemptionPolicy="Never",
        description="slurmd pods, which quotas of tenants count",
    )
    return made


def slurmd_quota(limits: Limits) -> dict[str, str]:
    """What all slurmd pods of a namespace may ask for: a node counts by what its pod asks for.

    Slurm's own pods do not count, so that a limit never stops Slurm itself.
    """
    wanted = {
        "requests.cpu": limits.cpus,
        "requests.memory": None if limits.memory_mib is None else f"{limits.memory_mib}Mi",
        "pods": limits.nodes,
    }
    return {key: str(value) for key, value in wanted.items() if value is not None}


def other_quota(limits: Limits) -> dict[str, str]:
    """What Kubernetes does not let a quota count for some pods only.

    Nothing but slurmd pods asks for GPUs. Storage is that of the namespace's own EBS volumes: EFS
    and FSx for Lustre know no quota of a directory.
    """
    found = {}
    if limits.gpus is not None:
        found["requests.nvidia.com/gpu"] = str(limits.gpus)
    if limits.storage_gib is not None:
        key = f"{STORAGE_CLASS}.storageclass.storage.k8s.io/requests.storage"
        found[key] = f"{limits.storage_gib + CONTROLLER_VOLUME_GIB}Gi"
    return found


def _add_quotas(made: Chart, place: str, limits: Limits) -> None:
    ours = {"scopeName": "PriorityClass", "operator": "In", "values": [names.JOBS_PRIORITY]}
    specs: dict[str, dict[str, Any]] = {
        "petal-nodes": {
            "hard": slurmd_quota(limits),
            "scopeSelector": {"matchExpressions": [ours]},
        },
        "petal-others": {"hard": other_quota(limits)},
    }
    for name, spec in specs.items():
        add(made, "v1", "ResourceQuota", name, namespace=place, spec=spec)
    add(made, "v1", "LimitRange", "petal-sidecars", namespace=place, spec=_least())


def _least() -> dict[str, Any]:
    """What a container asks for that says nothing: a quota takes none without requests."""
    share = FACTS.reserve.sidecars
    asked = {"cpu": f"{share.cpu_millicores}m", "memory": f"{share.memory_mib}Mi"}
    return {"limits": [{"type": "Container", "defaultRequest": asked}]}


def _add_view(made: Chart, place: str) -> None:
    rules = [
        {"apiGroups": [group], "resources": kinds, "verbs": _LOOK} for group, kinds in _SEEN.items()
    ]
    group = {"apiGroup": RBAC, "kind": "Group", "name": viewers(place)}
    add_role(made, VIEW, namespace=place, rules=rules, subject=group)
