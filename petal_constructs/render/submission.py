"""The scripts and tables by which nodes of ParallelCluster submit to another cluster as well.

Only clusters that have such a neighbour get them, and none of it needs a new boot.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from petal_constructs.plan.submission import Submission
from petal_constructs.render.submit import SubmitTable, submit_programs, submit_tables
from petal_constructs.render.template_texts import template_texts
from petal_constructs.render.tsv import tsv

_SLURM: Final = "/opt/slurm/bin"
"""Of ParallelCluster (its cookbook f75d84c, `slurm.install_dir`)."""


def submission_files(known: Submission | None, region: str) -> dict[str, str]:
    """Text by key below the folder of node files; nothing without another cluster.

    Args:
        known: The two clusters.
        region: Where the key of tokens is.

    Raises:
        ValueError: A queue is of neither cluster, or a field holds a control character.
    """
    if known is None:
        return {}
    table = submit_table(known, f"{_SLURM}/sbatch", f"{_SLURM}/squeue")
    data = submit_tables(table)
    if known.key_parameter:
        data["key.tsv"] = tsv([(known.key_parameter, region)])
    folder = files("petal_constructs").joinpath("templates", "submission")
    return {
        **template_texts(folder, ""),
        **{f"submit/{name}": text for name, text in submit_programs().items()},
        **{f"data/submit/{name}": text for name, text in data.items()},
    }


def submit_table(known: Submission, sbatch: str, squeue: str) -> SubmitTable:
    """The table of one side, with the places of its own Slurm's commands."""
    return SubmitTable(
        here=known.here,
        there=known.there,
        queues=dict(known.queues),
        default_queue=known.default_queue,
        url=known.url,
        sbatch=sbatch,
        squeue=squeue,
    )
