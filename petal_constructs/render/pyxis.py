"""The step by which ParallelCluster's nodes turn on pyxis.

Only clusters that ask for it get it, and it needs no new boot: the timer of each node runs it.
"""

from __future__ import annotations

from importlib.resources import files

from petal_constructs.render.template_texts import template_texts


def pyxis_files() -> dict[str, str]:
    """Text by key below the folder of node files."""
    folder = files("petal_constructs").joinpath("templates", "containers", "pyxis")
    return template_texts(folder, "steps/")
