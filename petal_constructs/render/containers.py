"""The scripts and tables by which ParallelCluster nodes run container images.

Only clusters that have images get them, and none of it needs a new boot: the timer of each node
fetches and runs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from petal_constructs.catalog.containers import Apptainer
from petal_constructs.plan.images import Shown
from petal_constructs.plan.pulled_images import PulledImage
from petal_constructs.render.queue_images import queue_table
from petal_constructs.render.template_texts import template_texts
from petal_constructs.render.tsv import tsv

NOTHING = "-"


def container_files(
    images: Sequence[PulledImage],
    mount_points: Sequence[str],
    apptainer: Apptainer,
    folder: str = "/petal/containers",
    shown: Shown = (),
) -> dict[str, str]:
    """Text by key below the folder of node files; nothing without images.

    Args:
        images: What the head node fetches.
        mount_points: Folders of the cluster that programs in images see too.
        apptainer: What runs them.
        folder: Where their trees stand on nodes.
        shown: Queues that do not show all, and the names of the images that each shows.

    Raises:
        ValueError: A field holds a tab, a line end or another control character.
    """
    if not images:
        return {}
    templates = files("petal_constructs").joinpath("templates", "containers")
    table = queue_table(shown, {image.name: f"{folder}/{image.name}" for image in images})
    data = image_tables(images, mount_points, apptainer)
    return {
        **template_texts(templates.joinpath("node"), ""),
        **template_texts(templates.joinpath("exec"), "exec/"),
        **{f"data/containers/{name}": text for name, text in data.items()},
        **({"data/queues.tsv": table} if table else {}),
    }


def image_tables(
    images: Sequence[PulledImage], mount_points: Sequence[str], apptainer: Apptainer
) -> dict[str, str]:
    """Tables of images by file name; the arguments and errors are those of `container_files`."""
    settings = ("version", "installer", "sha256")
    return {
        "images.tsv": tsv(
            (image.name, image.reference, image.digest or NOTHING, image.root or NOTHING)
            for image in images
        ),
        "modules.tsv": tsv(
            (image.name, module, version or NOTHING)
            for image in images
            for module, version in image.modules
        ),
        "binds.tsv": tsv((folder,) for folder in mount_points),
        "apptainer.tsv": tsv((key, getattr(apptainer, key)) for key in settings),
    }
