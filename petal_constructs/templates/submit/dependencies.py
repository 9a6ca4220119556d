"""Jobs that a job waits for: they must be of the side that it is for.

Both sides count their jobs from 1, and the other side's Slurm would wait for a job of its own.
"""

from __future__ import annotations

import re

from .options import Option
from .slurmrestd import Slurmrestd
from .submission import number

_JOB = re.compile(r":(\d+)(?:_\d+)?")


def check_dependencies(side: Slurmrestd, version: str, option: Option) -> None:
    """Refuse ids of which the other side has no job of this user.

    Raises:
        Refusal: There is none, or the jobs cannot be listed.
    """
    wanted = {int(found) for found in _JOB.findall(option.value)}
    if not wanted:
        return
    known: set[int] = set()
    for record in side.jobs(version):
        if record.get("user_name") == side.token.user:
            known |= {number(record.get("job_id")), number(record.get("array_job_id"))}
    for job in sorted(wanted - known):
        raise option.refused(
            f"you have no job {job} on {side.name}, and a job waits for jobs of its own side only"
        )
