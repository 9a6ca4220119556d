"""What users of a login pod are told of another cluster, whose people submit to this one."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from petal_constructs.plan.submission import Submission
from petal_constructs.render.tsv import tsv

FOLDER: Final = "/etc/petal/submission"
"""Where the files are mounted: the folder, so that it follows the ConfigMap."""
PROGRAM_KEY: Final = "petal-submit"
PROGRAM_FILE: Final = "/usr/local/bin/petal-submit"
"""Where that one is mounted by `subPath`."""


def submission_files(known: Submission) -> dict[str, str]:
    """The program and the table of queues that it does not reach, text by ConfigMap key."""
    program = files("petal_constructs").joinpath("templates", "slurm", "petal-submit.sh")
    others = [(queue, cluster) for queue, cluster in known.queues if cluster == known.there]
    return {PROGRAM_KEY: program.read_text("utf-8"), "queues.tsv": tsv(others)}
