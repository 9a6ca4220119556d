"""Folders of a namespace as volumes, and the class of disks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from petal_constructs.catalog import regions
from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.plan.values import FileSystem, S3Mount, SharedFolder
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.mounts import Claim, claims
from petal_constructs.platforms.pcs.charts.objects import Chart, add
from petal_constructs.platforms.pcs.values import PcsPlan, SlurmCluster

STORAGE_CLASS: Final = "gp3"
"""Encrypted EBS disks, the cluster's default."""

NOMINAL: Final = {"storage": "1Gi"}
"""Kubernetes asks for a size; the drivers of file systems and buckets ignore it."""

OPEN_NEW_FOLDER: Final = """\
if [ "$(stat -c %u:%a /folder)" = 0:755 ]; then chmod 1777 /folder; fi
"""
"""A new file system belongs to root alone; ParallelCluster opens it to all users likewise."""


def storage_class(plan: PcsPlan) -> Chart:
    """The default class of disks. EKS Auto Mode has a driver of its own."""
    auto = plan.kubernetes.node_starter == "auto-mode"
    made = Chart("storage-class")
    add(
        made,
        "storage.k8s.io/v1",
        "StorageClass",
        STORAGE_CLASS,
        annotations={"storageclass.kubernetes.io/is-default-class": "true"},
        provisioner="ebs.csi.eks.amazonaws.com" if auto else "ebs.csi.aws.com",
        parameters={"type": "gp3", "encrypted": "true"},
        volumeBindingMode="WaitForFirstConsumer",
        allowVolumeExpansion=True,
    )
    return made


def storage(plan: PcsPlan, cluster: SlurmCluster, files: Mapping[str, FileSystem]) -> Chart:
    """A volume and its claim for each folder and bucket.

    Args:
        plan: What is mounted.
        cluster: The Slurm whose namespace gets the claims.
        files: Name of a shared folder -> its file system.
    """
    made = Chart(f"{cluster.namespace}-storage")
    for claim, source in _sources(plan, cluster, files):
        _add_volume(made, claim, cluster.namespace, source)
    for folder, claim in zip(plan.folders, claims(plan), strict=False):
        if folder.id is None and folder is not plan.homes:
            _add_opening(made, claim, cluster.namespace)
    return made


def _sources(
    plan: PcsPlan, cluster: SlurmCluster, files: Mapping[str, FileSystem]
) -> Iterator[tuple[Claim, dict[str, Any]]]:
    """Each claim with what a volume says of its origin."""
    found = claims(plan)
    folders = [_folder(folder, files[folder.name]) for folder in plan.folders]
    buckets = [_bucket(mount, plan.region) for mount in plan.s3_mounts]
    for claim, source in zip(found, [*folders, *buckets], strict=True):
        # Only a driver's own handle may be the same in two namespaces.
        source["csi"].setdefault("volumeHandle", volume_name(claim, cluster.namespace))
        yield claim, source


def volume_name(claim: Claim, namespace: str) -> str:
    """Volumes belong to the whole cluster, so their names hold the namespace."""
    return f"{claim.name}.{namespace}"


def _folder(folder: SharedFolder, files: FileSystem) -> dict[str, Any]:
    if folder.kind == "efs":
        attributes = {"encryptInTransit": "true"}
        driver = "efs.csi.aws.com"
        return {"csi": _csi(driver, attributes) | {"volumeHandle": files.id}}
    attributes = {"dnsname": files.dns_name, "mountname": files.mount_name}
    csi = _csi("fsx.csi.aws.com", attributes) | {"volumeHandle": files.id}
    return {"mountOptions": ["flock"], "csi": csi}


def _bucket(mount: S3Mount, region: str) -> dict[str, Any]:
    """As on ParallelCluster's nodes (`templates/node/steps/20-mounts.sh`): all may do what S3 lets.

    The rights are those of the pod that mounts. Without the metadata service Mountpoint asks
    us-east-1 where a bucket is (mountpoint-s3, `autoconfigure.rs`), which knows none of another
    partition: there buckets must lie in the cluster's region.
    """
    options = ["allow-other", "uid=0", "gid=0"]
    if mount.read_only:
        options += ["read-only", "dir-mode=0555", "file-mode=0444"]
    else:
        options += ["allow-delete", "allow-overwrite", "dir-mode=0777", "file-mode=0666"]
    if mount.prefix:
        options.append(f"prefix={mount.prefix}")
    partition = regions.partition_of(region)
    if partition is not None and partition.name != "aws":
        options.append(f"region={region}")
    attributes = {"bucketName": mount.bucket, "authenticationSource": "pod", "stsRegion": region}
    return {"mountOptions": options, "csi": _csi("s3.csi.aws.com", attributes)}


def _csi(driver: str, attributes: dict[str, str]) -> dict[str, Any]:
    return {"driver": driver, "volumeAttributes": attributes}


def _add_volume(made: Chart, claim: Claim, place: str, source: dict[str, Any]) -> None:
    name = volume_name(claim, place)
    common = {
        "accessModes": ["ReadOnlyMany" if claim.read_only else "ReadWriteMany"],
        # Not the default class: nothing is made, and nothing is deleted.
        "storageClassName": "",
    }
    volume = {
        **common,
        "capacity": NOMINAL,
        "persistentVolumeReclaimPolicy": "Retain",
        "claimRef": {"namespace": place, "name": claim.name},
        **source,
    }
    wanted = {**common, "volumeName": name, "resources": {"requests": NOMINAL}}
    add(made, "v1", "PersistentVolume", name, spec=volume)
    add(made, "v1", "PersistentVolumeClaim", claim.name, namespace=place, spec=wanted)


def _add_opening(made: Chart, claim: Claim, place: str) -> None:
    """A Job that lets all users write to a new folder, each to his own files there."""
    container = {
        "name": "open",
        "image": FACTS.images.shell,
        "command": ["/bin/sh", "-c", OPEN_NEW_FOLDER],
        "volumeMounts": [{"name": "folder", "mountPath": "/folder"}],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": {
            "runAsUser": 0,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    pod = {
        "restartPolicy": "OnFailure",
        "automountServiceAccountToken": False,
        "nodeSelector": {names.ROLE_LABEL: "system"},
        "containers": [container],
        "volumes": [{"name": "folder", "persistentVolumeClaim": {"claimName": claim.name}}],
    }
    spec = {
        # It goes when it is done: Kubernetes takes no change of a Job that is there.
        "ttlSecondsAfterFinished": 600,
        "template": {"spec": pod},
    }
    add(made, "batch/v1", "Job", f"open-{claim.name}", namespace=place, spec=spec)
