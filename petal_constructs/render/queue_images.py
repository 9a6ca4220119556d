"""Which images the jobs of a queue see: a table, and the program by which Slurm applies it.

Both platforms have both in one folder, below the same path on each node that runs jobs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Final

from petal_constructs.plan.images import Shown
from petal_constructs.render.tsv import tsv

QUEUES_FOLDER: Final = "/etc/petal/queues"
"""Of both, on nodes and in pods; petal-exec reads the table there."""
TABLE: Final = "images.tsv"
PROGRAM: Final = "task-prolog"
TASK_PROLOG: Final = f"{QUEUES_FOLDER}/{PROGRAM}"
"""`TaskProlog` of slurm.conf, where a queue restricts anything: Slurm fails each task if it is not
there (tried with 22.05, 2026-11-23)."""
_NONE: Final = "-"


def queue_table(shown: Shown, trees: Mapping[str, str]) -> str:
    """Text of the table; empty if no queue restricts anything.

    Args:
        shown: Queues that do not show all images, and the names of those that each shows.
        trees: Folder of each image on the nodes, by the image's name.

    Raises:
        ValueError: A field is empty, or holds a tab, a line end or another control character.
    """
    rows = [(queue, tree) for queue, names in shown for tree in _trees(names, trees)]
    return tsv([*((_NONE, tree) for tree in trees.values()), *rows]) if rows else ""


def _trees(names: Iterable[str], trees: Mapping[str, str]) -> list[str]:
    return [trees[name] for name in names] or [_NONE]


def task_prolog() -> str:
    """Text of the program."""
    folder = files("petal_constructs").joinpath("templates", "containers", "exec")
    return folder.joinpath(PROGRAM).read_text("utf-8")
