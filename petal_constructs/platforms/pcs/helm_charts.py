"""Petal's own Helm charts: what may not stand in a template, and what runs at the end."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from petal_constructs.platforms.pcs.programs import PROGRAMS_FOLDER, programs

SLURM: Final = "petal-slurm"
"""Keys, which are made in the cluster, and programs, which are too long for a template."""
DRAIN: Final = "petal-drain"
"""A hook that empties the queues before anything is deleted."""


def write_chart(name: str, folder: Path) -> None:
    """Write a chart into a folder that exists, `petal-slurm` with the programs in it."""
    with as_file(files("petal_constructs").joinpath("templates", "charts", name)) as chart:
        shutil.copytree(chart, folder, dirs_exist_ok=True)
    if name == SLURM:
        for config_map, texts in programs().items():
            place = folder / PROGRAMS_FOLDER / config_map
            place.mkdir(parents=True)
            for key, text in texts.items():
                (place / key).write_text(text, encoding="utf-8")
