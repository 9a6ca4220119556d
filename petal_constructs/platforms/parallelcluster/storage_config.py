"""Shared storage, as the cluster configuration has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from petal_constructs.plan.values import SharedFolder
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan

_TYPES: Final = {
    "ebs": "Ebs",
    "efs": "Efs",
    "fsx-lustre": "FsxLustre",
    "fsx-ontap": "FsxOntap",
    "fsx-openzfs": "FsxOpenZfs",
}


@dataclass(frozen=True, slots=True)
class StorageReferences:
    """What shared storage names but ParallelCluster does not make.

    Attributes:
        made: Name of a folder -> id of the file system that petal's stack makes.
        security_group: Group of the nodes that these file systems let in. Default: none are made.
        volume_key: ARN of the KMS key of new volumes. Default: AWS's own key.
        may_destroy: Whether volumes that the seed does not keep go with the cluster.
    """

    made: Mapping[str, str]
    security_group: str | None = None
    volume_key: str | None = None
    may_destroy: bool = False


def shared_storage(plan: ParallelClusterPlan, refs: StorageReferences) -> list[dict[str, Any]]:
    """Section `SharedStorage`: the software's volume, then the seed's folders.

    File systems come by id, so that no update of the cluster touches them.
    """
    software = plan.volume
    settings = _new_volume(software.size_gib, refs, keep=True)
    first = _storage(software.name, software.mount_dir, "ebs", settings)
    return [first, *(_folder(folder, refs) for folder in plan.shared)]


def _folder(folder: SharedFolder, refs: StorageReferences) -> dict[str, Any]:
    return _storage(folder.name, folder.mount_point, folder.kind, _settings(folder, refs))


def _storage(name: str, folder: str, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    of = _TYPES[kind]
    return {"Name": name, "MountDir": folder, "StorageType": of, f"{of}Settings": settings}


def _settings(folder: SharedFolder, refs: StorageReferences) -> dict[str, Any]:
    if folder.kind == "ebs" and folder.id is None:
        return _new_volume(folder.size_gib, refs, keep=folder.keep)
    given = folder.id or refs.made[folder.name]
    if folder.kind == "efs":
        return {"FileSystemId": given, "EncryptionInTransit": True}
    return {"FileSystemId" if folder.kind == "fsx-lustre" else "VolumeId": given}


def _new_volume(size_gib: int | None, refs: StorageReferences, *, keep: bool) -> dict[str, Any]:
    return {
        "VolumeType": "gp3",
        "Size": size_gib,
        "Encrypted": True,
        **({"KmsKeyId": refs.volume_key} if refs.volume_key else {}),
        "DeletionPolicy": "Retain" if keep or not refs.may_destroy else "Delete",
    }
