"""JSON over HTTP from services that may be down, slow or confused."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal
from urllib.parse import urlsplit

_PIECE: Final = 1 << 16


class Doubt(Exception):  # noqa: N818
    """What was read does not allow a decision."""


class NotFound(Doubt):
    """The service does not know the path."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where to ask, and how long to wait for the whole answer."""

    url: str
    timeout_s: float = 10.0
    most_bytes: int = 64 << 20
    """10,000 jobs, Slurm's default limit, are about 32 MB."""
    ca_file: str | None = None

    def ask(
        self,
        method: Literal["GET", "PATCH", "DELETE"],
        path: str,
        headers: Mapping[str, str],
        body: object = None,
    ) -> dict[str, Any]:
        """The answer, a JSON object.

        Raises:
            NotFound: Status 404.
            Doubt: Any other status but 2xx, no answer in time, too long a one, or no JSON object.
        """
        end = time.monotonic() + self.timeout_s
        sent = None if body is None else json.dumps(body)
        try:
            with closing(self._connection()) as connection:
                connection.request(method, path, sent, dict(headers))
                response = connection.getresponse()
                content = self._read(response, end)
        except (OSError, http.client.HTTPException) as error:
            raise Doubt(f"{method} {path}: {error!r}") from error
        if response.status == HTTPStatus.NOT_FOUND:
            raise NotFound(f"{method} {path}: status 404")
        if response.status // 100 != 2:  # noqa: PLR2004
            raise Doubt(f"{method} {path}: status {response.status}: {content[:300]!r}")
        return _object(content, f"{method} {path}")

    def _connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, parts.port, timeout=self.timeout_s)
        context = ssl.create_default_context(cafile=self.ca_file)
        return http.client.HTTPSConnection(
            host, parts.port, timeout=self.timeout_s, context=context
        )

    def _read(self, response: http.client.HTTPResponse, end: float) -> bytes:
        content = bytearray()
        while piece := response.read1(_PIECE):
            content += piece
            if len(content) > self.most_bytes:
                raise Doubt(f"an answer of more than {self.most_bytes} bytes")
            if time.monotonic() > end:
                raise Doubt(f"an answer that takes more than {self.timeout_s} s")
        return bytes(content)


def _object(content: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Doubt(f"{what}: no JSON: {content[:100]!r}") from error
    if not isinstance(found, dict):
        raise Doubt(f"{what}: no JSON object")
    return found
