"""Which images the jobs of a queue see: a table, and the program that applies it.

Nodes of ParallelCluster and pods have both in the same folder. On ParallelCluster Slurm runs the
program before each task; in pods, where petal's own Lmod is, each `module` does. Slurm could not
there: from 24.11 on no task with a TaskProlog starts in a container of pyxis (issue 163 of
NVIDIA/pyxis, open on 2026-11-23), and pods have pyxis.
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


def queue_files(shown: Shown, trees: Mapping[str, str]) -> dict[str, str]:
    """Texts of `QUEUES_FOLDER` by file name; arguments and errors are those of `queue_table`."""
    table = queue_table(shown, trees)
    return {PROGRAM: task_prolog()} | ({TABLE: table} if table else {})


def task_prolog() -> str:
    """Text of the program."""
    folder = files("petal_constructs").joinpath("templates", "containers", "exec")
    return folder.joinpath(PROGRAM).read_text("utf-8")
