"""The pod that provides software to a namespace: Lmod, Apptainer, and images of others as files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from petal_constructs.catalog.containers import CONTAINERS
from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.containers import (
    hardened,
    on_system_nodes,
    resources,
    single_pod,
)
from petal_constructs.platforms.pcs.charts.mounts import claims, mount_points, software_mount
from petal_constructs.platforms.pcs.charts.objects import Chart, add
from petal_constructs.platforms.pcs.values import PcsPlan, SlurmCluster
from petal_constructs.render.pod_images import (
    ECR_COMMAND,
    IMAGES_COMMAND,
    PASSWORDS_FOLDER,
    SCRATCH_FOLDER,
    SOURCE_FOLDER,
    path,
    programs,
    tables,
)
from petal_constructs.render.queue_images import queue_files

_CAPABILITIES: Final = (
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "SETFCAP",
    "SETGID",
    "SETUID",
)
"""What dpkg needs, and Apptainer to unpack layers of images as root does: owners, devices and file
capabilities (`internal/pkg/build/sources/oci_unpack.go`, v1.5.3). KILL and SETUID are for programs
of images, which are looked for as nobody and stopped when they take too long."""


def images(plan: PcsPlan, cluster: SlurmCluster) -> Chart | None:
    """What pods of a namespace get their software from; None where the cluster has no images.

    It comes before the pods that mount its files. Deleting it deletes nothing of what it wrote.
    """
    if not plan.software.names:
        return None
    place = cluster.namespace
    made = Chart(f"{place}-images")
    account = names.IMAGES_ACCOUNT
    add(made, "v1", "ServiceAccount", account, namespace=place, automountServiceAccountToken=False)
    for name, data in {
        names.IMAGE_TABLES: _tables(plan, cluster),
        names.QUEUE_FILES: queue_files(plan.software.shown, plan.software.trees),
    }.items():
        add(made, "v1", "ConfigMap", name, namespace=place, data=data)
    # Two would write the same files. It follows changed tables by itself.
    spec = single_pod(account, programs(), _pod(plan, cluster))
    add(made, "apps/v1", "Deployment", account, namespace=place, spec=spec)
    return made


def _tables(plan: PcsPlan, cluster: SlurmCluster) -> dict[str, str]:
    machines = [CONTAINERS.machines[machine] for machine in cluster.machines]
    return tables(plan.software.pulled, mount_points(plan), CONTAINERS.apptainer, machines)


def _pod(plan: PcsPlan, cluster: SlurmCluster) -> dict[str, Any]:
    in_ecr = plan.software.in_ecr
    claim = claims(plan)[0].name
    volumes = [
        {"name": claim, "persistentVolumeClaim": {"claimName": claim}},
        _source(plan, cluster),
        {"name": "scratch", "emptyDir": {}},
    ]
    if in_ecr:
        memory = {"medium": "Memory", "sizeLimit": "1Mi"}
        volumes.append({"name": "passwords", "emptyDir": memory})
    return on_system_nodes(
        serviceAccountName=names.IMAGES_ACCOUNT,
        automountServiceAccountToken=False,
        containers=[_provider(plan, cluster), *([_passwords()] if in_ecr else [])],
        volumes=volumes,
    )


def _provider(plan: PcsPlan, cluster: SlurmCluster) -> dict[str, Any]:
    """Root, for dpkg, and seccomp unconfined, since Apptainer makes user namespaces.

    The runtime's default profile lets nobody make one without CAP_SYS_ADMIN (containerd,
    contrib/seccomp/seccomp_default.go), which would be far more.
    """
    passwords = {"name": "passwords", "mountPath": PASSWORDS_FOLDER, "readOnly": True}
    return {
        "name": "images",
        "image": FACTS.images.system,
        "command": [*IMAGES_COMMAND],
        "resources": resources("100m", "256Mi", "4Gi"),
        "securityContext": {
            "runAsUser": 0,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"], "add": [*_CAPABILITIES]},
            "seccompProfile": {"type": "Unconfined"},
        },
        "volumeMounts": [
            software_mount(plan, cluster.namespace, read_only=False),
            _programs(),
            {"name": "scratch", "mountPath": SCRATCH_FOLDER},
            *([passwords] if plan.software.in_ecr else []),
        ],
    }


def _passwords() -> dict[str, Any]:
    """Asks Amazon ECR for passwords, which live for hours, and keeps them in memory alone."""
    return {
        "name": "passwords",
        "image": FACTS.images.aws_cli,
        "command": [*ECR_COMMAND],
        "resources": resources("10m", "64Mi", "512Mi"),
        "securityContext": {**hardened(), "runAsUser": 0},
        "volumeMounts": [_programs(), {"name": "passwords", "mountPath": PASSWORDS_FOLDER}],
    }


def _programs() -> dict[str, Any]:
    return {"name": "source", "mountPath": SOURCE_FOLDER, "readOnly": True}


def _source(plan: PcsPlan, cluster: SlurmCluster) -> dict[str, Any]:
    """Programs of the chart `petal-slurm` and tables of this one, in one folder."""
    maps = {names.IMAGES_FILES: programs(), names.IMAGE_TABLES: _tables(plan, cluster)}
    return {
        "name": "source",
        "projected": {"sources": [_files(name, texts) for name, texts in maps.items()]},
    }


def _files(config_map: str, keys: Iterable[str]) -> dict[str, Any]:
    items = [{"key": key, "path": path(key)} for key in keys]
    return {"configMap": {"name": config_map, "items": items}}
