"""A job is sent once. If the answer is lost, it is looked up by a mark, and never sent again."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, replace
from typing import Any

from .errors import Lost, Refusal, Unreachable
from .request import Job
from .slurmrestd import OLD, Slurmrestd

_PATIENCE_S = 20.0
_PAUSE_S = 1.0


@dataclass(frozen=True)
class Submitted:
    """A job of the other side."""

    job_id: int
    messages: tuple[str, ...] = ()
    """What Slurm says to the user."""


def submit(side: Slurmrestd, version: str, job: Job) -> Submitted:
    """Send a job.

    Raises:
        Refusal: It was not taken, or nobody knows, which the text says.
    """
    mark = f"petal:{uuid.uuid4().hex}"
    marked = replace(job, comment=f"{job.comment} {mark}".strip())
    body = marked.body(old=version == OLD)
    try:
        answer = side.ask("POST", f"/slurm/{version}/job/submit", body)
    except Lost as lost:
        return _look_up(side, version, mark, str(lost))
    job_id = answer.body.get("job_id")
    if answer.status // 100 == 2 and isinstance(job_id, int) and job_id > 0:  # noqa: PLR2004
        said = answer.body.get("job_submit_user_msg")
        own = (said,) if isinstance(said, str) and said else ()
        return Submitted(job_id, (*own, *answer.warnings))
    complaints = "; ".join(answer.complaints) or f"status {answer.status}"
    if answer.status // 100 == 4 or answer.is_final:  # noqa: PLR2004
        raise Refusal(f"{side.name} takes no such job: {complaints}")
    return _look_up(side, version, mark, complaints)


def _look_up(side: Slurmrestd, version: str, mark: str, because: str) -> Submitted:
    """The job, if it came to be: a controller may be slow to take it."""
    end = time.monotonic() + _PATIENCE_S
    problem = ""
    while True:
        try:
            found = [r for r in side.jobs(version) if mark in str(r.get("comment") or "").split()]
            problem = f"{side.name} lists no job with the comment {mark}"
        except Unreachable as unreachable:
            found, problem = [], str(unreachable)
        if found:
            return Submitted(_submitted_id(found[0]))
        if time.monotonic() >= end:
            raise Refusal(
                f"no answer from {side.name} ({because}), and it is not known whether the job was"
                f" submitted: {problem}. Look with petal-queue --me before you submit it again"
            )
        time.sleep(_PAUSE_S)


def number(value: Any, default: int = 0) -> int:
    """A number as slurmrestd writes it: plain, null, or with what it means."""
    if isinstance(value, dict):
        value = value.get("number") if value.get("set") else None
    return value if isinstance(value, int) else default


def _submitted_id(record: dict[str, Any]) -> int:
    """Of an array that of the whole, as sbatch prints it."""
    return number(record.get("array_job_id")) or number(record.get("job_id"))
