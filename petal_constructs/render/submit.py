"""What login nodes of a hybrid cluster need to submit to both sides: programs and their tables.

The programs are the same everywhere and lie in one flat folder, so that its names may be the keys
of a ConfigMap; the tables differ between the two sides.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Final

from petal_constructs.catalog.job_scripts import facts
from petal_constructs.render.template_texts import template_texts

NO_PLUGINS: Final[Mapping[str, bool]] = {}


@dataclass(frozen=True, slots=True)
class SubmitTable:
    """One side's view of both; written to `submit.json`."""

    here: str
    """ClusterName of the side whose login nodes get the table."""
    there: str
    """ClusterName of the other one."""
    queues: Mapping[str, str]
    """Queue -> ClusterName, of both sides."""
    default_queue: str | None = None
    """For jobs that name none. Default: Slurm's own choice on this side."""
    url: str | None = None
    """Of the other side's slurmrestd. Default: nothing is submitted to it from here."""
    ca_file: str | None = None
    """Certificates that vouch for it. Default: those of the system."""
    wrapper: bool = True
    """Whether a plain `sbatch` may submit to the other side, where the folder is on PATH."""
    sbatch: str = "/usr/bin/sbatch"
    squeue: str = "/usr/bin/squeue"
    token_socket: str = "/run/petal/token.sock"  # noqa: S105
    plugins: Mapping[str, bool] = field(default_factory=lambda: NO_PLUGINS)
    """Long options that plugins add to this side's sbatch -> whether they take a value."""


@lru_cache
def submit_programs() -> Mapping[str, str]:
    """Text by file name. Those without a suffix are to be executable."""
    return template_texts(files("petal_constructs").joinpath("templates", "submit"), "")


def submit_tables(table: SubmitTable) -> dict[str, str]:
    """`submit.json` and `options.json`, for `/etc/petal/submit`.

    Raises:
        ValueError: A queue is on neither side, or the default queue on none.
    """
    strays = set(table.queues.values()) - {table.here, table.there}
    if strays or table.default_queue not in {None, *table.queues}:
        raise ValueError(f"queues of {table.here} and {table.there} do not fit: {table.queues}")
    options = {"takes_value": facts().sbatch.takes_value, "short": facts().sbatch.short}
    raw = asdict(table)
    return {"submit.json": _json(raw), "options.json": _json(options)}


def _json(value: object) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"
