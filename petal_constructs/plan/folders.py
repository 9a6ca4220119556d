"""Shared folders in words, for tables and for what is said before a cluster is deleted."""

from __future__ import annotations

from typing import Final

from petal_constructs.plan.values import SharedFolder

KINDS: Final = {
    "efs": "EFS",
    "fsx-lustre": "FSx for Lustre",
    "ebs": "EBS",
    "fsx-ontap": "FSx for ONTAP",
    "fsx-openzfs": "FSx for OpenZFS",
}


def row(folder: SharedFolder) -> tuple[str, str, str]:
    """Folder, what it is and where it comes from, and how it is used."""
    size = f", {folder.size_gib} GiB" if folder.size_gib else ""
    bucket = f", from {folder.import_from}" if folder.import_from else ""
    what = f"{KINDS[folder.kind]}{size}{bucket} ({_origin(folder)})"
    return (folder.mount_point, what, "read and write")


def _origin(folder: SharedFolder) -> str:
    if folder.id:
        return folder.id
    return "new, kept" if folder.keep else "new, kept unless deployed with --destroy-data"


def kept(folder: SharedFolder, tag: str) -> str:
    """What stays of a new folder, and the tag by which it is found."""
    unless = "" if folder.keep else ", unless last deployed with --destroy-data"
    size = f", {folder.size_gib} GiB," if folder.size_gib else ""
    kind = "volume" if folder.kind == "ebs" else "file system"
    return f"{folder.mount_point}: {KINDS[folder.kind]}{size} {kind}, tag {tag}{unless}"
