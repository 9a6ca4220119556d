"""`SharedStorage` and rights to buckets -> `data`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.imports.parallelcluster.ledger import Part

_KINDS: Final = {
    "Ebs": ("ebs", "EbsSettings", "VolumeId"),
    "Efs": ("efs", "EfsSettings", "FileSystemId"),
    "FsxLustre": ("fsx-lustre", "FsxLustreSettings", "FileSystemId"),
    "FsxOntap": ("fsx-ontap", "FsxOntapSettings", "VolumeId"),
    "FsxOpenZfs": ("fsx-openzfs", "FsxOpenZfsSettings", "VolumeId"),
}
"""Kind of ParallelCluster -> petal's, where its settings are, and the id of an existing one."""
_LONGEST_NAME: Final = 25
_OF_MOUNTS: Final = {"EncryptionInTransit", "IamAuthorization", "AccessPointId"}
"""Settings that concern existing file systems too."""
_SINGLE_OBJECTS: Final = (
    "petal mounts whole folders of a bucket, and gives no right to single objects of one: name a "
    "folder below data.s3_mounts"
)
_OURS: Final = "petal's own volume for software, which it adds to every cluster"
_FOLDER: Final = re.compile(r"((?P<prefix>[^*?]*)/)?\*?")
"""A `KeyName` for all objects below a folder, or for all of the bucket."""
_BUCKETS: Final = "/shared/s3"
"""Where buckets are mounted that were only allowed before."""


def shared(config: Part) -> list[dict[str, Any]]:
    """Entries of `data.shared`."""
    found: list[dict[str, Any]] = []
    for storage in config.at("SharedStorage").items:
        kind = storage.at("StorageType")
        if _is_own(storage):
            storage.become("same", "", _OURS)
        elif kind.text in _KINDS:
            taken = {str(folder["name"]) for folder in found}
            found.append(_folder(storage, f"data.shared[{len(found)}]", taken))
        else:
            storage.become("lost", "", _no_kind(kind.text))
    return found


def settle_head_disk(head: Part, folders: list[dict[str, Any]]) -> None:
    """Petal keeps the head node's disk as long as homes lie on it."""
    part = head.at("LocalStorage", "RootVolume", "DeleteOnTermination")
    if part.on is any(folder["mount_point"] == "/home" for folder in folders):
        part.become("same", "", "it outlives the cluster where /home lies on it")


def _is_own(storage: Part) -> bool:
    ours = (DEFAULTS.software_volume_name.value, DEFAULTS.software_mount_dir.value, "Ebs")
    return tuple(storage.at(key).text for key in ("Name", "MountDir", "StorageType")) == ours


def _no_kind(kind: str | None) -> str:
    if kind is None:
        return "nothing says what kind of storage it is"
    return f"petal mounts no storage of the kind {kind}"


def _folder(storage: Part, seed: str, taken: set[str]) -> dict[str, Any]:
    kind, settings_key, id_key = _KINDS[storage.at("StorageType").text or ""]
    settings = storage.at(settings_key)
    storage.at("StorageType").become("kept", f"{seed}.type")
    given = settings.at(id_key).keep(f"{seed}.id")
    for key in settings.keys if given else ():
        if key not in _OF_MOUNTS:
            settings.at(key).become("lost", "", f"{given} exists, and is as it is")
    return {
        "name": _name(storage.at("Name"), seed, taken),
        "type": kind,
        "mount_point": _mount_point(storage.at("MountDir"), seed),
        "id": given,
        **({} if given else _new(kind, settings, seed)),
    }


def _name(part: Part, seed: str, taken: set[str]) -> str | None:
    """ParallelCluster allows more letters here than petal, and longer names."""
    written = part.text
    if written is None:
        return None
    letters = re.sub(r"[^a-z0-9]+", "-", written.lower()).strip("-")
    letters = letters if letters[:1].isalpha() else f"s{letters}"
    ends = ("", *(f"-{number}" for number in range(2, len(taken) + 3)))
    names = (f"{letters[: _LONGEST_NAME - len(end)].rstrip('-')}{end}" for end in ends)
    name = next(name for name in names if name not in taken)
    reason = "" if name == written else f"petal's form of it is {name}"
    part.become("changed" if reason else "kept", f"{seed}.name", reason)
    return name


def _mount_point(part: Part, seed: str) -> str | None:
    written = part.text
    if written is None:
        return None
    folder = "/" + "/".join(piece for piece in written.split("/") if piece)
    reason = "" if folder == written else "as an absolute path"
    part.become("changed" if reason else "kept", f"{seed}.mount_point", reason)
    return folder


def _new(kind: str, settings: Part, seed: str) -> dict[str, Any]:
    """What a new file system is like. ParallelCluster deletes it with the cluster unless told."""
    policy = settings.at("DeletionPolicy")
    if policy.text == "Snapshot":
        policy.become("changed", f"{seed}.keep", "petal makes no snapshot at the end; it keeps all")
    elif policy.text == "Retain":
        policy.become("same", "", "petal keeps data unless it is told otherwise")
    elif policy.text:
        policy.become("kept", f"{seed}.keep")
    size = settings.at({"ebs": "Size", "fsx-lustre": "StorageCapacity"}.get(kind, "Size"))
    usual = parallelcluster.FACTS.storage.ebs_volume_default_gib if kind == "ebs" else None
    if size.number is not None:
        size.become("kept", f"{seed}.size_gib")
    return {
        "size_gib": usual if size.number is None else size.number,
        "keep": None if policy.text in {"Retain", "Snapshot"} else False,
        **(_repository(settings, seed) if kind == "fsx-lustre" else {}),
    }


def _repository(settings: Part, seed: str) -> dict[str, Any]:
    """The bucket that a new FSx for Lustre shows as a whole."""
    links = [
        link
        for link in settings.at("DataRepositoryAssociations").items
        if link.at("FileSystemPath").text in {None, "/"}
    ]
    link = links[0] if len(links) == 1 else None
    bucket = link.at("DataRepositoryPath") if link else settings.at("ImportPath")
    imported = link.at("AutoImportPolicy") if link else settings.at("AutoImportPolicy")
    exported = link.at("AutoExportPolicy") if link else settings.at("ExportPath")
    if bucket.text is None:
        return {}
    bucket.become("kept", f"{seed}.import_from")
    if link:
        link.at("FileSystemPath").become("kept", f"{seed}.import_from")
    reason = "petal follows what is new, changed and deleted in the bucket"
    imported.become("changed", f"{seed}.import_from", reason)
    writes = any(leaf.value is not None for leaf in exported.leaves())
    reason = "petal writes new and changed files back to where they came from"
    exported.become("changed", f"{seed}.export", reason)
    return {"import_from": bucket.text, "export": writes or None}


def buckets(nodes: list[Part]) -> list[dict[str, Any]]:
    """Entries of `data.s3_mounts` for the rights of nodes, each bucket and prefix once."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    reason = "petal gives nodes a right to a bucket by mounting it, on all of them"
    for access in (access for node in nodes for access in node.at("Iam", "S3Access").items):
        bucket = access.at("BucketName").text
        if bucket is None or "*" in bucket:
            continue
        folder = _FOLDER.fullmatch(access.at("KeyName").text or "")
        if folder is None:
            access.become("lost", "", _SINGLE_OBJECTS)
            continue
        prefix = (folder["prefix"] or "").strip("/")
        places = list(found)
        key = (bucket, prefix)
        seed = f"data.s3_mounts[{places.index(key) if key in found else len(places)}]"
        mount = found.setdefault(key, _mount(bucket, prefix, found))
        if access.at("EnableWriteAccess").on:
            mount.pop("read_only", None)
        access.become("changed", seed, reason)
    return list(found.values())


def _mount(bucket: str, prefix: str, others: Iterable[tuple[str, str]]) -> dict[str, Any]:
    number = sum(1 for other, _ in others if other == bucket)
    folder = f"{_BUCKETS}/{bucket}" + (f"-{number + 1}" if number else "")
    return {
        "bucket": bucket,
        "mount_point": folder,
        **({"prefix": prefix} if prefix else {}),
        "read_only": True,
    }
