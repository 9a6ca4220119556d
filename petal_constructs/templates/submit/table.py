"""`submit.json`: which queue is on which side, and how to reach the other one."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from .errors import Refusal

FOLDER = "/etc/petal/submit"


@dataclass(frozen=True)
class Table:
    """Two sides, of which this machine is on the first."""

    here: str
    """ClusterName of this side."""
    there: str
    url: str | None
    """Of the other side's slurmrestd; None where nothing is submitted to it from here."""
    ca_file: str | None
    """Certificates that vouch for it, if not those of the system."""
    token_socket: str
    sbatch: str
    """Full path of Slurm's own."""
    squeue: str
    wrapper: bool
    """Whether a plain `sbatch` may submit to the other side."""
    default_queue: str | None
    """For jobs that name none; None for Slurm's own choice on this side."""
    queues: dict[str, str]
    """Name -> ClusterName."""
    plugins: dict[str, bool]
    """Long options that plugins add to this side's sbatch -> whether they take a value."""

    def is_there(self, queues: list[str]) -> bool:
        """Whether a job for any of these queues is for the other side.

        Raises:
            Refusal: They are on both sides.
        """
        sides = {self.queues.get(name, self.here) for name in queues}
        if len(sides) > 1:
            raise Refusal(
                f"the queues {','.join(queues)} are on both sides, and a job runs on one of them:"
                " name queues of one side"
            )
        return sides == {self.there}


def folder() -> Path:
    """Where the tables lie. A user may name another: the table grants nothing."""
    return Path(os.environ.get("PETAL_SUBMIT_TABLES", FOLDER))


def load_table() -> Table:
    """The table of this machine.

    Raises:
        Refusal: There is none, or it cannot be read.
    """
    path = folder() / "submit.json"
    try:
        return Table(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise Refusal(f"{path} cannot be read: {error}") from error
