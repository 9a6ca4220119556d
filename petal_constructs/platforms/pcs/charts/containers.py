"""What containers and pods of several charts have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.network_policies import APP_LABEL

SLINKY: Final = "slinky.slurm.net/v1beta1"
_NOBODY: Final = 65534
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


def hardened() -> dict[str, Any]:
    """`securityContext` of a container that needs no right of its own.

    In containers that the operator makes, the first line has no effect: slurm-operator 1.2.1 drops
    what is false (`structutils/kube.go`, removeEmpty).
    """
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def read_only() -> dict[str, Any]:
    """As `hardened`, for a program that writes to its volumes only."""
    return {**hardened(), "readOnlyRootFilesystem": True}


def as_nobody() -> dict[str, Any]:
    """`securityContext` of a pod that runs as `nobody`, who can read the volumes it mounts."""
    return {
        "runAsNonRoot": True,
        "runAsUser": _NOBODY,
        "runAsGroup": _NOBODY,
        "fsGroup": _NOBODY,
    }


def resources(cpu: str, memory: str, memory_limit: str) -> dict[str, Any]:
    """Requests, and a limit for memory alone: a CPU limit would slow what is idle most of the time.

    Args:
        cpu: Request, such as `100m`.
        memory: Request, such as `128Mi`.
        memory_limit: Such as `1Gi`.
    """
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory_limit}}


def log_reader() -> dict[str, Any]:
    """The operator's `logfile` container: it prints a daemon's log, which is a pipe."""
    share = FACTS.reserve.sidecars
    memory = f"{share.memory_mib}Mi"
    return {
        "image": FACTS.images.shell,
        "resources": resources(f"{share.cpu_millicores}m", memory, memory),
        "securityContext": read_only(),
    }


def single_pod(name: str, programs: Mapping[str, str], pod: Mapping[str, Any]) -> dict[str, Any]:
    """`spec` of a Deployment of one pod, never two, which new programs replace.

    Args:
        name: Label of the pod.
        programs: Texts that it runs.
        pod: Its `template`.
    """
    label = {APP_LABEL: name}
    digest = hashlib.sha256("".join(programs.values()).encode()).hexdigest()[:12]
    metadata = {"labels": label, "annotations": {"petal.dev/programs": digest}}
    return {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": label},
        "template": {"metadata": metadata, **pod},
    }


def on_system_nodes(**pod: Any) -> dict[str, Any]:
    """`template` of a pod that keeps Slurm running, on nodes that no queue starts or stops."""
    return {"spec": {"nodeSelector": {names.ROLE_LABEL: "system"}, **pod}}


def operated(**pod: Any) -> dict[str, Any]:
    """`template` of such a pod in a custom resource: with an empty copy of what kubectl applied.

    The operator copies a resource's annotations to its pods, kubectl's copy of the whole resource
    too, so that every change would start them anew; the template's annotations win. Source:
    slurm-operator 1.2.1, internal/builder, `metadata.NewBuilder` in `controller_app.go` and others.
    """
    return {"metadata": {"annotations": {LAST_APPLIED: "{}"}}, **on_system_nodes(**pod)}


def secret_key(secret: tuple[str, str]) -> dict[str, str]:
    """Reference to a key of a Secret, both as `names` has them."""
    name, key = secret
    return {"name": name, "key": key}


def config_map(name: str) -> dict[str, Any]:
    """A pod's volume of the same name as the ConfigMap it shows."""
    return {"name": name, "configMap": {"name": name}}
