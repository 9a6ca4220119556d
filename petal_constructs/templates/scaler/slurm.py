"""slurmrestd: jobs, nodes and the end of a job."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from . import jobs, nodes
from .answers import Doubt, NotFound, Service
from .jobs import Record

VERSIONS: Final = ("v0.0.44", "v0.0.43", "v0.0.42", "v0.0.38")
"""The best first. v0.0.45 does not say any more whether a job is exclusive."""


@dataclass(slots=True)
class Slurm:
    """A slurmrestd, asked with the token of one Slurm user."""

    service: Service
    user: str
    token_file: Path
    version: str | None = field(default=None, init=False)
    """What both sides speak; found with the first question."""

    @classmethod
    def from_environment(cls) -> Slurm:
        """At `PETAL_SLURMRESTD` as `PETAL_SLURM_USER` with the token in `PETAL_TOKEN_FILE`."""
        env = os.environ
        return cls(
            Service(env["PETAL_SLURMRESTD"], float(env.get("PETAL_TIMEOUT_S", "10"))),
            env.get("PETAL_SLURM_USER", "nobody"),
            Path(env["PETAL_TOKEN_FILE"]),
        )

    def look(self) -> tuple[list[Record], list[nodes.Node]]:
        """Job records and nodes.

        Nodes are read first: a job that starts in between is then a running job, not one that waits
        beside a node that is busy with it.

        Raises:
            Doubt: They cannot be read, or do not fit together.
        """
        node_records = self._list("nodes")
        job_records = self._list("jobs")
        try:
            active = [record for record in job_records if jobs.is_active(record)]
            used = frozenset[str]().union(*(jobs.hosts(r.get("nodes")) for r in active))
            found = [nodes.node(record, used) for record in node_records]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Doubt(f"records of an unknown shape: {error!r}") from error
        if unknown := used - {node.name for node in found}:
            raise Doubt(f"jobs run on nodes that Slurm does not list: {sorted(unknown)[:5]}")
        return job_records, found

    def cancel(self, job: int) -> None:
        """End a job, or take it out of the queue."""
        self._ask("DELETE", f"job/{job}")

    def unfinished(self) -> list[int]:
        """Jobs that wait or run."""
        records = self._list("jobs")
        try:
            return [
                int(record["job_id"])
                for record in records
                if jobs.is_active(record) or jobs.is_pending(record)
            ]
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Doubt(f"records of an unknown shape: {error!r}") from error

    def _list(self, what: str) -> list[Record]:
        records = self._ask("GET", what).get(what)
        if not isinstance(records, list):
            raise Doubt(f"slurmrestd lists no {what}")
        return records

    def _ask(self, method: Literal["GET", "DELETE"], path: str) -> dict[str, Any]:
        headers = self._headers()
        self.version = self.version or self._common_version(headers)
        answer = self.service.ask(method, f"/slurm/{self.version}/{path}", headers)
        if answer.get("errors"):
            # Status 200 may carry them.
            raise Doubt(f"slurmrestd, {path}: {str(answer['errors'])[:300]}")
        return answer

    def _common_version(self, headers: dict[str, str]) -> str:
        for version in VERSIONS:
            try:
                self.service.ask("GET", f"/slurm/{version}/ping", headers)
            except NotFound:
                continue
            return version
        raise Doubt(f"slurmrestd speaks none of {', '.join(VERSIONS)}")

    def _headers(self) -> dict[str, str]:
        # Read each time: the kubelet renews the token in place.
        try:
            token = self.token_file.read_text().strip()
        except OSError as error:
            raise Doubt(f"no token for slurmrestd: {error}") from error
        return {"X-SLURM-USER-NAME": self.user, "X-SLURM-USER-TOKEN": token}
