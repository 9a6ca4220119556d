"""Programs that run in pods. They are the same everywhere, so they travel in a Helm chart's asset.

In manifests they would fill the template: a namespace has 60 kB of them.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final

from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.users import login_scripts
from petal_constructs.render import pod_images

PROGRAMS_FOLDER: Final = "programs"
"""Of the chart `petal-slurm`: a folder in it for each ConfigMap."""


@lru_cache
def scaler_program() -> dict[str, str]:
    """The Python package `scaler` by ConfigMap key; `petal-drain` runs one of its modules too."""
    folder = files("petal_constructs").joinpath("templates", "scaler")
    modules = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".py"))
    return {name: folder.joinpath(name).read_text("utf-8") for name in modules}


def programs() -> dict[str, dict[str, str]]:
    """Name of a ConfigMap -> its texts by key."""
    return {
        names.SCALER_FILES: scaler_program(),
        names.LOGIN_FILES: login_scripts(),
        names.IMAGES_FILES: pod_images.programs(),
        names.SHELL_FILES: pod_images.shell_files(),
    }
