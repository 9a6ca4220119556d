"""The other side's slurmrestd: jobs, one job, and a new one."""

from __future__ import annotations

import http.client
import json
import ssl
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .errors import Lost, Refusal, Unreachable
from .tokens import Token

VERSIONS = ("v0.0.44", "v0.0.43", "v0.0.42", "v0.0.41", "v0.0.38")
"""The best first. The last is that of Slurm 22.05, whose numbers are plain."""
OLD = "v0.0.38"
_OF_ANOTHER_VERSION = (http.client.NOT_FOUND, http.client.UNAUTHORIZED)
"""Slurm 22.05 looks for its header before it looks at the path."""
_MOST_BYTES = 256 << 20
_SLURM_ERRORS = range(2000, 3000)
"""slurmctld's own (slurm_errno.h): it has answered, and said no."""
_OF_WAITING = "slurm_submit_batch_job()"
"""Source of warnings such as "nodes busy": src/slurmrestd/plugins/openapi/slurmctld/jobs.c."""
_REQUEST_ERRORS = (9001, 9002, 9003, 9200)
"""slurmrestd's own, of requests that it passes on to nobody."""


@dataclass(frozen=True)
class Answer:
    """Status and JSON object."""

    status: int
    body: dict[str, Any]

    @property
    def complaints(self) -> list[str]:
        """Errors, also those that come with status 200."""
        found = self.body.get("errors")
        return [_text(error) for error in found] if isinstance(found, list) else []

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was left aside; not that a job waits, of which sbatch does not speak either."""
        found = self.body.get("warnings")
        told = found if isinstance(found, list) else []
        return tuple(
            _text(each)
            for each in told
            if not isinstance(each, dict) or each.get("source") != _OF_WAITING
        )

    @property
    def is_final(self) -> bool:
        """Whether the errors say that nothing was done, rather than that nobody knows."""
        found = self.body.get("errors")
        numbers = [_number(error) for error in found] if isinstance(found, list) else []
        return bool(numbers) and any(n in _SLURM_ERRORS or n in _REQUEST_ERRORS for n in numbers)


@dataclass(frozen=True)
class Slurmrestd:
    """Where to ask, and as whom."""

    name: str
    """Of the cluster, for people."""
    url: str
    ca_file: str | None
    token: Token
    timeout_s: float = 30.0

    def version(self) -> str:
        """The best that both sides speak.

        Raises:
            Unreachable: There is none, or nobody answers.
        """
        said = ""
        for version in VERSIONS:
            try:
                answer = self.ask("GET", f"/slurm/{version}/ping")
            except Lost as lost:
                raise Unreachable(f"{self.name} cannot be reached: {lost}") from lost
            if answer.status == http.client.OK and not answer.complaints:
                return version
            if answer.status != http.client.NOT_FOUND:
                said = said or "; ".join(answer.complaints) or f"status {answer.status}"
            if answer.status not in _OF_ANOTHER_VERSION:
                break
        said = said or f"it speaks none of {', '.join(VERSIONS)}"
        raise Unreachable(f"{self.name} answers no questions: {said}")

    def jobs(self, version: str) -> list[dict[str, Any]]:
        """Records of all jobs that the user may see.

        Raises:
            Unreachable: They cannot be had.
        """
        try:
            answer = self.ask("GET", f"/slurm/{version}/jobs")
        except Lost as lost:
            raise Unreachable(f"{self.name} cannot be reached: {lost}") from lost
        found = answer.body.get("jobs")
        if answer.status != http.client.OK or answer.complaints or not isinstance(found, list):
            said = "; ".join(answer.complaints) or f"status {answer.status}"
            raise Unreachable(f"{self.name} lists no jobs: {said}")
        return [record for record in found if isinstance(record, dict)]

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """One question.

        Raises:
            Unreachable: No connection; nothing was sent.
            Lost: It was sent, and no complete answer came.
        """
        headers = {"X-SLURM-USER-TOKEN": self.token.jwt, "Content-Type": "application/json"}
        if path.startswith(f"/slurm/{OLD}/"):
            # Needed then. Later releases, up to 26.05.2, refuse a name beside the token's own
            # claims: auth_jwt.c, _handle_identity.
            headers["X-SLURM-USER-NAME"] = self.token.user
        text = None if body is None else json.dumps(body)
        with closing(self._connection()) as connection:
            try:
                connection.connect()
            except OSError as error:
                raise Unreachable(f"{self.name} ({self.url}) cannot be reached: {error}") from error
            try:
                connection.request(method, path, text, headers)
                response = connection.getresponse()
                content = response.read(_MOST_BYTES)
            except (OSError, http.client.HTTPException) as error:
                raise Lost(str(error) or type(error).__name__) from error
        return Answer(response.status, _object(content, response.status))

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, parts.port, timeout=self.timeout_s)
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise Refusal(f"{self.ca_file} cannot be read: {error}") from error
        return http.client.HTTPSConnection(
            host, parts.port, timeout=self.timeout_s, context=context
        )


def _object(content: bytes, status: int) -> dict[str, Any]:
    """The JSON object; of an answer that says no, its text in the shape of one."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    if status == http.client.OK:
        raise Lost("the answer is no JSON object")
    return {"errors": [{"description": content[:300].decode("utf-8", "replace")}]}


def _text(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    said = [str(error[key]) for key in ("description", "error") if error.get(key)]
    return ": ".join(dict.fromkeys(said)) or str(error)


def _number(error: object) -> int:
    if not isinstance(error, dict):
        return 0
    found = error.get("error_number") or error.get("error_code")
    return found if isinstance(found, int) else 0
