"""The little that petal asks a registry itself: which manifests it has, and lists of them.

Protocol: OCI Distribution Specification 1.1; how to log in: its "Token Authentication" as Docker's
registry documents it, read 2026-11-23. Layers are the container tools' work.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from petal_constructs.containers.patience import patiently
from petal_constructs.containers.references import Destination, is_loopback
from petal_constructs.errors import ToolError

INDEX: Final = "application/vnd.oci.image.index.v1+json"
_DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
_KINDS: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    INDEX,
    _DOCKER_LIST,
)
TROUBLE: Final = "hint: the registry's own log says more; its disk may be full"
_PATIENCE_S: Final = 30
_PARAMETER: Final = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who logs in to a registry."""

    username: str
    password: str = field(repr=False)

    @property
    def basic(self) -> str:
        """As HTTP's basic scheme and the files of container tools say it."""
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a tag or a digest stands for."""

    kind: str
    """Media type."""
    body: bytes

    @property
    def digest(self) -> str:
        """`sha256:` and 64 digits."""
        return f"sha256:{sha256(self.body).hexdigest()}"

    @property
    def is_list(self) -> bool:
        """Whether it only names other manifests."""
        return self.kind in {INDEX, _DOCKER_LIST}


class RefusedError(ToolError):
    """The registry does not let these credentials in, or not do this."""


class UnavailableError(ToolError):
    """The registry cannot be reached, or is in trouble."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Manifests come from the registry itself; credentials go to no other host."""

    def redirect_request(self, *_: object) -> None:
        return None


class Registry:
    """A registry, spoken to by one user.

    Args:
        host: With a port where it is not 443.
        credentials: Who asks. Default: anybody.
        say: Told why something is tried again.
    """

    def __init__(
        self, host: str, credentials: Credentials | None, say: Callable[[str], None]
    ) -> None:
        self.host = host
        self.credentials = credentials
        self.say = say
        self._authorization: str | None = None
        self._opener = urllib.request.build_opener(_NoRedirect)

    def check(self) -> None:
        """Ask whether it lets the user in.

        Raises:
            ToolError: It does not, or there is no registry.
        """
        if self._ask("GET", "") is None:
            raise ToolError(f"{self.host} is no registry: it has no /v2/")

    def manifest(self, to: Destination, tag: str) -> Manifest | None:
        """What a tag or a digest stands for; None if the registry has none."""
        found = self._ask("GET", f"{to.path}/manifests/{tag}", {"Accept": ", ".join(_KINDS)})
        if found is None:
            return None
        kind, body = found
        return Manifest(kind.partition(";")[0].strip(), body)

    def put(self, to: Destination, tag: str, manifest: Manifest) -> None:
        """Store a manifest whose parts the registry has already."""
        where = f"{to.path}/manifests/{tag}"
        if self._ask("PUT", where, {"Content-Type": manifest.kind}, manifest.body) is None:
            raise ToolError(f"registry {self.host} has no repository {to.path}")

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> tuple[str, bytes] | None:
        """Media type and body of the answer; None for what is not there."""

        def attempt() -> tuple[str, bytes] | None:
            try:
                return self._answer(method, path, headers or {}, body)
            except _Challenge as challenge:
                self._authorization = self._authorize(challenge.header)
            try:
                return self._answer(method, path, headers or {}, body)
            except _Challenge:
                raise self._refused() from None

        return patiently(attempt, lambda error: isinstance(error, UnavailableError), self.say)

    def _answer(
        self, method: str, path: str, headers: Mapping[str, str], body: Any
    ) -> tuple[str, bytes] | None:
        scheme = "http" if is_loopback(self.host) else "https"
        request = urllib.request.Request(  # noqa: S310  # of one of these two schemes
            f"{scheme}://{self.host}/v2/{path}", body, dict(headers), method=method
        )
        if self._authorization:
            request.add_header("Authorization", self._authorization)
        return self._open(request)

    def _open(self, request: urllib.request.Request) -> tuple[str, bytes] | None:
        try:
            with self._opener.open(request, timeout=_PATIENCE_S) as answer:
                return answer.headers.get("Content-Type", ""), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                self._failed(error)
            return None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, ssl.SSLError):
                raise ToolError(f"registry {self.host} cannot be trusted: {reason}") from None
            raise UnavailableError(_unreachable(self.host, reason)) from None

    def _failed(self, error: urllib.error.HTTPError) -> None:
        status = error.code
        if status == HTTPStatus.UNAUTHORIZED:
            raise _Challenge(error.headers.get("WWW-Authenticate", ""))
        if status == HTTPStatus.NOT_FOUND:
            return
        if status == HTTPStatus.FORBIDDEN:
            raise self._refused()
        why = _why(error.read(4096)) or error.reason
        said = f"registry {self.host} answers {status}: {why}"
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise UnavailableError(f"{said}\n{TROUBLE}")
        raise ToolError(said)

    def _authorize(self, challenge: str) -> str:
        """What to say who is asked for `challenge`."""
        scheme, _, rest = challenge.partition(" ")
        if scheme.lower() != "bearer":
            if self.credentials is None:
                raise self._refused()
            return f"Basic {self.credentials.basic}"
        asked = dict(_PARAMETER.findall(rest))
        realm = asked.pop("realm", "")
        if not realm.startswith("https://") and not is_loopback(self.host):
            raise ToolError(f"registry {self.host} wants a password sent to {realm or 'nowhere'}")
        query = urllib.parse.urlencode(asked)
        request = urllib.request.Request(f"{realm}?{query}")  # noqa: S310  # see above
        if self.credentials:
            request.add_header("Authorization", f"Basic {self.credentials.basic}")
        try:
            answer = self._open(request)
            token = json.loads(answer[1] if answer else b"{}")
        except (_Challenge, json.JSONDecodeError):
            raise self._refused() from None
        return f"Bearer {token.get('token') or token.get('access_token')}"

    def _refused(self) -> RefusedError:
        if self.credentials is None:
            return RefusedError(
                f"registry {self.host} wants a login\n"
                "hint: --username NAME --password-stdin, or log in with the container tool first"
            )
        return RefusedError(
            f"registry {self.host} refuses user {self.credentials.username}: wrong password, or "
            "no right to push\nhint: check both with the registry's owner"
        )


class _Challenge(Exception):  # noqa: N818  # a question, no error
    """The registry asks who is there."""

    def __init__(self, header: str) -> None:
        super().__init__(header)
        self.header = header


def _unreachable(host: str, reason: object) -> str:
    why = str(getattr(reason, "strerror", None) or reason).lower()
    return (
        f"registry {host} cannot be reached: {why}\n"
        "hint: check its name and port, and the way there (VPN, proxy)"
    )


def _why(body: bytes) -> str:
    """The first message of the registry's errors."""
    try:
        return str(json.loads(body)["errors"][0]["message"])[:200]
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
