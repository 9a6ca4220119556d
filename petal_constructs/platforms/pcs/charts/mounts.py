"""Folders that login and compute pods see, each through a claim that every namespace has."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from petal_constructs.plan.values import S3Mount, SharedFolder
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.values import PcsPlan
from petal_constructs.render.pod_images import SOFTWARE_FOLDER


@dataclass(frozen=True, slots=True)
class Claim:
    """A PersistentVolumeClaim of a namespace, and where its pods mount it."""

    name: str
    """The same in every namespace; also the name of the pods' volume."""
    mount_point: str
    read_only: bool = False


def claims(plan: PcsPlan) -> tuple[Claim, ...]:
    """A claim for the homes, each shared folder and each bucket."""
    return (*map(_folder, plan.folders), *map(_bucket, plan.s3_mounts))


def _folder(folder: SharedFolder) -> Claim:
    source = folder.id or f"{folder.kind} {folder.name}"
    return Claim(claim_name(folder.mount_point, source), folder.mount_point)


def _bucket(mount: S3Mount) -> Claim:
    name = claim_name(mount.mount_point, mount.bucket, mount.prefix, str(mount.read_only))
    return Claim(name, mount.mount_point, mount.read_only)


def claim_name(mount_point: str, *source: str) -> str:
    """`/shared/data` -> `shared-data-` and eight digits: a DNS label, distinct for each folder.

    A claim and its volume cannot change, so what they show is in the name too.
    """
    digits = hashlib.sha256("\n".join((mount_point, *source)).encode()).hexdigest()[:8]
    words = re.sub(r"[^a-z0-9]+", "-", mount_point.lower()).strip("-")
    return f"{words[:40].rstrip('-')}-{digits}".lstrip("-")


def volumes(plan: PcsPlan) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """`volumes` of a pod and `volumeMounts` of a container that show every folder."""
    found = claims(plan)
    return (
        [{"name": c.name, "persistentVolumeClaim": {"claimName": c.name}} for c in found],
        [{"name": c.name, "mountPath": c.mount_point, "readOnly": c.read_only} for c in found],
    )


def mount_points(plan: PcsPlan) -> tuple[str, ...]:
    """Folders that programs in images see too, where a pod has them."""
    disks = [names.LOCAL_SCRATCH] if any(queue.local_disks for queue in plan.queues) else []
    return (*(claim.mount_point for claim in claims(plan)), SOFTWARE_FOLDER, *disks)


def software_mount(plan: PcsPlan, namespace: str, *, read_only: bool) -> dict[str, Any]:
    """`/petal`: a folder of the homes, which every cluster and namespace has for itself."""
    return {
        "name": claims(plan)[0].name,
        "mountPath": SOFTWARE_FOLDER,
        "subPath": f".petal/{plan.name}/{namespace}",
        "readOnly": read_only,
    }
