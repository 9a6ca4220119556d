"""What login pods need to submit to another cluster as well."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from petal_constructs.plan.submission import Submission
from petal_constructs.render.submission import submit_table
from petal_constructs.render.submit import submit_programs, submit_tables

FOLDER: Final = "/etc/petal/submit"
"""Where the files are mounted: the folder, so that it follows the ConfigMap."""
KEY_FOLDER: Final = "/etc/petal/keys"
"""Where the key of tokens is mounted, for root alone."""

_STARTER: Final = "start.sh"
_SERVICE: Final = "petal-token.conf"
SINGLE_FILES: Final = (
    (_STARTER, "/usr/local/bin/petal-submit"),
    (_STARTER, "/usr/local/bin/petal-queue"),
    (_SERVICE, f"/etc/supervisor/conf.d/{_SERVICE}"),
)
"""ConfigMap key, and where it is mounted by `subPath`; supervisord reads the last at its start."""


def submission_files(known: Submission) -> dict[str, str]:
    """Programs, tables and the service of tokens, text by ConfigMap key."""
    slurm = files("petal_constructs").joinpath("templates", "slurm")
    return {
        **submit_programs(),
        **submit_tables(submit_table(known, "/usr/bin/sbatch", "/usr/bin/squeue")),
        _STARTER: slurm.joinpath("petal-submit.sh").read_text("utf-8"),
        _SERVICE: slurm.joinpath(_SERVICE).read_text("utf-8"),
    }
