"""What login and slurmd pods show of software: images of petal's, `/petal` and shell files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.containers import config_map, hardened, resources
from petal_constructs.platforms.pcs.charts.mounts import claim_name, software_mount
from petal_constructs.platforms.pcs.software import LOGIN_MACHINE, MountedImage
from petal_constructs.platforms.pcs.values import NodeSet, PcsPlan, Queue
from petal_constructs.render.pod_images import PROFILE_FOLDER, shell_files
from petal_constructs.render.queue_images import QUEUES_FOLDER

_COPY: Final = "/copy"


@dataclass(frozen=True, slots=True)
class Shown:
    """Parts of a pod; all empty where the cluster has no images."""

    volumes: tuple[dict[str, Any], ...] = ()
    mounts: tuple[dict[str, Any], ...] = ()
    """`volumeMounts` of the container that people or jobs are in."""
    copies: tuple[dict[str, Any], ...] = ()
    """`initContainers`, where the kubelet mounts no images."""

    @property
    def init_containers(self) -> dict[str, Any]:
        """Field of a PodSpec, left out where there are none."""
        return {"initContainers": [*self.copies]} if self.copies else {}


def of_login(plan: PcsPlan, namespace: str) -> Shown:
    """What the login pod shows: everything that runs on its machine."""
    return _shown(plan, namespace, LOGIN_MACHINE, plan.software.mounted)


def of_jobs(plan: PcsPlan, queue: Queue, node_set: NodeSet) -> Shown:
    """What the slurmd pods of a node set show: what their queue uses and their machine runs."""
    used = plan.software.mounted_for(queue.name)
    return _shown(plan, queue.namespace, node_set.machine, used)


def _shown(plan: PcsPlan, namespace: str, machine: str, mounted: Iterable[MountedImage]) -> Shown:
    if not plan.software.names:
        return Shown()
    images = [image for image in mounted if machine in image.machines]
    direct = plan.kubernetes.image_volumes
    shells = [_shell_file(key) for key in shell_files()]
    petal = software_mount(plan, namespace, read_only=True)
    return Shown(
        volumes=(
            *(_volume(image) if direct else _empty(image) for image in images),
            config_map(names.SHELL_FILES),
            config_map(names.QUEUE_FILES),
        ),
        mounts=(*(_mount(image, whole=direct) for image in images), petal, *shells, _queues()),
        copies=() if direct else tuple(map(_copy, images)),
    )


def _name(image: MountedImage) -> str:
    """Of the volume: the same for every version of the image."""
    return claim_name(image.folder)


def _volume(image: MountedImage) -> dict[str, Any]:
    source = {"reference": image.reference, "pullPolicy": "IfNotPresent"}
    return {"name": _name(image), "image": source}


def _empty(image: MountedImage) -> dict[str, Any]:
    return {"name": _name(image), "emptyDir": {}}


def _mount(image: MountedImage, *, whole: bool) -> dict[str, Any]:
    """The image's folder, at the path for which Spack built it.

    Args:
        image: What is mounted.
        whole: Whether its volume is the whole image, and not the folder alone.
    """
    part = {"subPath": image.folder.lstrip("/")} if whole else {}
    return {"name": _name(image), "mountPath": image.folder, **part, "readOnly": True}


def _copy(image: MountedImage) -> dict[str, Any]:
    """Everything becomes root's: the container has no right to give files away."""
    command = ["cp", "-dR", "--preserve=mode,timestamps", f"{image.folder}/.", _COPY]
    return {
        "name": _name(image),
        "image": image.reference,
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "resources": resources("50m", "64Mi", "512Mi"),
        "securityContext": {**hardened(), "runAsUser": 0},
        "volumeMounts": [{"name": _name(image), "mountPath": _COPY}],
    }


def _queues() -> dict[str, Any]:
    """The folder, so that it follows the ConfigMap."""
    return {"name": names.QUEUE_FILES, "mountPath": QUEUES_FOLDER, "readOnly": True}


def _shell_file(key: str) -> dict[str, Any]:
    return {
        "name": names.SHELL_FILES,
        "mountPath": f"{PROFILE_FOLDER}/{key}",
        "subPath": key,
        "readOnly": True,
    }
