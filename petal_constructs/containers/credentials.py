"""Credentials of registries: where they come from, and how container tools are told.

They stand in a file that the user alone may read, for as long as a push takes; never in
arguments, which all users of a machine see.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from petal_constructs.containers.registry_client import Credentials
from petal_constructs.containers.tools import Tool
from petal_constructs.errors import ToolError

_FILE: Final = "config.json"
_HELPER_PATIENCE_S: Final = 30
_TOKEN: Final = "<token>"  # noqa: S105  # what a helper calls itself that holds no password
_NO_LOGINS: Final = ("auths", "credsStore", "credHelpers")
"""Keys of Docker's settings that would name other credentials."""


def stored(host: str, environment: Mapping[str, str] | None = None) -> Credentials | None:
    """What the user's own login left, with docker, podman or buildah; None if they did not log in.

    Files: docker-login(1), containers-auth.json(5).
    """
    for file in _login_files(os.environ if environment is None else environment):
        settings = _json(file)
        entry = (settings.get("auths") or {}).get(host) or {}
        if found := _decoded(entry.get("auth")):
            return found
        helper = (settings.get("credHelpers") or {}).get(host) or settings.get("credsStore")
        if helper and (found := _asked(str(helper), host)):
            return found
    return None


@contextmanager
def login_folder(credentials: Mapping[str, Credentials]) -> Iterator[Path]:
    """A folder with a `config.json` that logs container tools in; it is gone afterwards.

    The rest of Docker's settings stays as it is: where its daemon is, and proxies.

    Raises:
        ToolError: There is no room for it.
    """
    home = _docker_folder(os.environ)
    run = os.environ.get("XDG_RUNTIME_DIR", "")
    place = run if os.access(run, os.W_OK) else None  # after su it may be somebody else's
    try:
        made = tempfile.TemporaryDirectory(prefix="petal-login-", dir=place)
    except OSError as error:
        raise _not_written(error) from None
    with made as name:
        folder = Path(name)
        settings = {k: v for k, v in _json(home / _FILE).items() if k not in _NO_LOGINS}
        settings["auths"] = {host: {"auth": each.basic} for host, each in credentials.items()}
        try:
            _write(folder / _FILE, json.dumps(settings))
        except OSError as error:
            raise _not_written(error) from None
        if (home / "contexts").is_dir():
            (folder / "contexts").symlink_to((home / "contexts").absolute())
        yield folder


def with_login(tool: Tool, arguments: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """The arguments of a tool that reads a login folder."""
    program, command, *rest = arguments
    if tool.name == "docker":
        return (program, "--config", str(folder), command, *rest)
    return (program, command, "--authfile", str(folder / _FILE), *rest)


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)


def _not_written(error: OSError) -> ToolError:
    why = (error.strerror or str(error)).lower()
    return ToolError(
        f"the login for the container tool cannot be written to the temporary folder: {why}\n"
        "hint: make room there, or set TMPDIR to another folder"
    )


def _login_files(environment: Mapping[str, str]) -> Iterator[Path]:
    if "REGISTRY_AUTH_FILE" in environment:
        yield Path(environment["REGISTRY_AUTH_FILE"])
    run = environment.get("XDG_RUNTIME_DIR") or f"/run/containers/{os.getuid()}"
    yield (
        Path(run, "containers/auth.json")
        if "XDG_RUNTIME_DIR" in environment
        else Path(run, "auth.json")
    )
    yield Path(environment.get("HOME", "/"), ".config/containers/auth.json")
    yield _docker_folder(environment) / _FILE


def _docker_folder(environment: Mapping[str, str]) -> Path:
    given = environment.get("DOCKER_CONFIG")
    return Path(given) if given else Path(environment.get("HOME", "/"), ".docker")


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _decoded(auth: object) -> Credentials | None:
    try:
        username, colon, password = base64.b64decode(str(auth or "")).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return Credentials(username, password) if colon else None


def _asked(helper: str, host: str) -> Credentials | None:
    """What a credential helper of docker's knows: host on standard input, JSON on its output."""
    program = shutil.which(f"docker-credential-{helper}")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  # the user's own helper
            [program, "get"],
            input=host,
            capture_output=True,
            text=True,
            check=True,
            timeout=_HELPER_PATIENCE_S,
        )
        said = json.loads(done.stdout)
        username, password = str(said["Username"]), str(said["Secret"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None
    return None if username == _TOKEN else Credentials(username, password)
