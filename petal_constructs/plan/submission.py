"""Jobs that people of one cluster submit to the queues of another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HEAD_REST_PORT: Final = 6840
"""Of the slurmrestd that petal runs on a head node: 6820 to 6829 are slurmctld's
(aws-parallelcluster-cookbook f75d84c, slurm.conf.erb)."""


@dataclass(frozen=True, slots=True)
class Submission:
    """Two clusters of the same people, as one of them sees them."""

    here: str
    """Slurm's ClusterName of this one."""
    there: str
    """That of the other one."""
    url: str
    """Of the other one's slurmrestd."""
    default_queue: str | None
    """For jobs that name none; None for what Slurm itself chooses."""
    queues: tuple[tuple[str, str], ...]
    """Queue and ClusterName, of both."""
    key_parameter: str | None = None
    """Parameter of AWS Systems Manager with the ARN of the secret that holds the key of tokens."""
