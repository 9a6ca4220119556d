"""The programs and tables by which pods get Lmod, and the images that are pulled for them.

The pod `petal-images` has them in one folder, laid out as ParallelCluster's nodes have theirs, so
that both run the same scripts. A key of a ConfigMap holds no `/`: `__` stands for it, and the
`items` of a projected volume lead each key to its place, `path(key)`. The pod follows changed
tables within two minutes; changed programs want a new pod.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final

from petal_constructs.catalog.containers import Apptainer, Machine
from petal_constructs.plan.pulled_images import PulledImage
from petal_constructs.render.containers import image_tables
from petal_constructs.render.template_texts import template_texts
from petal_constructs.render.tsv import tsv

SOURCE_FOLDER: Final = "/opt/petal/src"
"""Programs and tables: one projected volume of two ConfigMaps in both containers of the pod."""
SOFTWARE_FOLDER: Final = "/petal"
"""Shared storage, written by the pod alone; read-only in login and slurmd pods."""
SCRATCH_FOLDER: Final = "/var/tmp/petal-apptainer"  # noqa: S108
"""An emptyDir on the node's disk, about three times the largest image."""
PASSWORDS_FOLDER: Final = "/run/petal/ecr"
"""An emptyDir in memory that both containers share. Both run as root: its files are root's own."""
PROFILE_FOLDER: Final = "/etc/profile.d"
"""Where login and slurmd pods have `shell_files`, each as a file beside the image's own."""

IMAGES_COMMAND: Final = ("/bin/bash", f"{SOURCE_FOLDER}/images.sh")
"""For the Ubuntu of the pods' own release: root that may write its file system, with the runtime's
default capabilities and seccomp unconfined, for user namespaces. Never ends but on SIGTERM."""
ECR_COMMAND: Final = ("/bin/bash", f"{SOURCE_FOLDER}/ecr.sh")
"""For the image with the AWS CLI, as root without capabilities; only where an image lies in ECR."""

_SLASH: Final = "__"
_SHARED: Final = ("lib.sh", "modules.sh", "lock.py")
"""Of ParallelCluster's nodes."""
_SHARED_OF_IMAGES: Final = ("containers.sh", "containers-pull.sh", "modules/pending-image.tcl")


def path(key: str) -> str:
    """Where a key of `programs` or `tables` belongs, below `SOURCE_FOLDER`."""
    return key.replace(_SLASH, "/")


@lru_cache
def programs() -> dict[str, str]:
    """The programs of the pod, the same everywhere, by ConfigMap key."""
    templates = files("petal_constructs").joinpath("templates")
    containers = templates.joinpath("containers")
    texts = {name: templates.joinpath("node", name).read_text("utf-8") for name in _SHARED}
    texts |= {
        name: containers.joinpath("node", name).read_text("utf-8") for name in _SHARED_OF_IMAGES
    }
    texts |= template_texts(containers.joinpath("exec"), "exec/")
    texts |= template_texts(containers.joinpath("pod", "images"), "")
    return _by_key(texts)


@lru_cache
def shell_files() -> dict[str, str]:
    """Files of `PROFILE_FOLDER` in login and slurmd pods, by ConfigMap key, which is their name."""
    pod = files("petal_constructs").joinpath("templates", "containers", "pod")
    return template_texts(pod.joinpath("profile.d"), "")


def tables(
    images: Sequence[PulledImage],
    mount_points: Sequence[str],
    apptainer: Apptainer,
    machines: Sequence[Machine],
) -> dict[str, str]:
    """Tables of the pod, by ConfigMap key. Mounted images are not in them: modules find those.

    Args:
        images: What is pulled; none where pods only need Lmod.
        mount_points: Folders of the cluster that programs in images see too.
        apptainer: What runs them.
        machines: Those that pods run on, the login pod's first.

    Raises:
        ValueError: A field holds a tab, a line end or another control character.
    """
    rows = ((each.name, each.architecture, each.archive, each.loader) for each in machines)
    listed = image_tables(images, mount_points, apptainer) | {"machines.tsv": tsv(rows)}
    return _by_key(
        {
            "data/software.tsv": tsv([("root", SOFTWARE_FOLDER)]),
            **{f"data/containers/{name}": text for name, text in listed.items()},
        }
    )


def _by_key(texts: dict[str, str]) -> dict[str, str]:
    return {name.replace("/", _SLASH): text for name, text in texts.items()}
