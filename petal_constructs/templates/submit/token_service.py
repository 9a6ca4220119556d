"""`petal-token-service SOCKET KEY`: gives each user a token of their own, and of nobody else.

Runs as root on login nodes. It reads nothing from whoever connects: who it is comes from the kernel
(unix(7), SO_PEERCRED), and their name from the accounts of this machine.

Source of the claims: slurm.schedmd.com/jwt.html and SchedMD/slurm, src/plugins/auth/jwt/auth_jwt.c:
HS256 over `iat`, `exp` and `sun`, the user's name; `uid`, `gid` and `id` for a slurmctld that knows
no people and has `use_jwt_client_ids` (auth/common/auth_common.c of 26.05.1); 2026-11-23.
"""

from __future__ import annotations

import base64
import grp
import hashlib
import hmac
import json
import os
import pwd
import socket
import stat
import struct
import sys
import time
from pathlib import Path

LIFETIME_S = 300
_FIRST_UID = 1000
_NAMES_OF_DAEMONS = frozenset({"root", "slurm", "slurmrestd", "munge", "nobody"})
"""A token of theirs could do more on the other side than a user may; whatever their number here."""
_SHORTEST_KEY = 32
"""Bytes; RFC 7518, 3.2: no less than the hash."""
_CREDENTIALS = struct.Struct("3i")
"""Process, user and group: struct ucred."""


class NoToken(Exception):  # noqa: N818
    """Why somebody gets none."""


def mint(user: pwd.struct_passwd, key: bytes, now: int) -> str:
    """A token for the user, valid for five minutes."""
    claims = {"exp": now + LIFETIME_S, "iat": now, "sun": user.pw_name, **identity(user)}
    parts = [_text(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signed = ".".join(parts)
    return f"{signed}.{_text(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def identity(user: pwd.struct_passwd) -> dict[str, object]:
    """Who somebody is; no text may be empty, or Slurm takes none of it.

    Groups of the system stay out: their numbers may mean something else on the other side.
    """
    about = {
        "name": user.pw_name,
        "gecos": user.pw_gecos or user.pw_name,
        "dir": user.pw_dir or "/",
        "shell": user.pw_shell or "/bin/sh",
        "groups": {_group(gid): gid for gid in _groups(user)},
    }
    return {"uid": user.pw_uid, "gid": user.pw_gid, "id": about}


def _groups(user: pwd.struct_passwd) -> list[int]:
    found = os.getgrouplist(user.pw_name, user.pw_gid)
    return sorted(gid for gid in {*found} if gid >= _FIRST_UID or gid == user.pw_gid)


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def account_of(uid: int) -> pwd.struct_passwd:
    """The account of a user who may have a token.

    Raises:
        NoToken: It is one of the system's, or none of this machine.
    """
    if uid < _FIRST_UID or uid == _overflow_uid():
        raise NoToken(f"user id {uid} gets no token: only people do")
    try:
        user = pwd.getpwuid(uid)
    except KeyError as error:
        raise NoToken(f"user id {uid} has no account here") from error
    if user.pw_name in _NAMES_OF_DAEMONS:
        raise NoToken(f"user {user.pw_name} gets no token: only people do")
    return user


def _overflow_uid() -> int:
    """What the kernel says of users whom it cannot name here; user_namespaces(7)."""
    try:
        return int(Path("/proc/sys/kernel/overflowuid").read_text())
    except (OSError, ValueError):
        return 65534


def read_key(path: Path) -> bytes:
    """The other side's key, as it is now.

    Raises:
        NoToken: There is none, it is too short, or others than root could read it.
    """
    try:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            key = file.read(65536)
    except OSError as error:
        raise NoToken("this login node has no key yet") from error
    if about.st_uid != os.geteuid() or stat.S_IMODE(about.st_mode) & 0o077:
        raise NoToken("the key of this login node is not root's alone")
    if len(key) < _SHORTEST_KEY:
        raise NoToken("the key of this login node is too short")
    return key


def answer(peer: tuple[int, int, int], key_file: Path) -> dict[str, str]:
    """What a connected user is told; who asked goes to the log."""
    process, uid, _ = peer
    try:
        user = account_of(uid)
        token = mint(user, read_key(key_file), int(time.time()))
    except NoToken as reason:
        _log(f"refused: uid {uid}, process {process}: {reason}")
        return {"error": str(reason)}
    _log(f"token: {user.pw_name}, uid {uid}, process {process}")
    return {"user": user.pw_name, "token": token}


def listen(path: Path) -> socket.socket:
    """The socket, which everybody may connect to and only root replace.

    Raises:
        SystemExit: Others than root could put another socket in its place.
    """
    about = path.parent.stat()
    if about.st_uid != os.geteuid() or about.st_mode & 0o022:
        raise SystemExit(f"petal-token-service: {path.parent} is not root's alone")
    path.unlink(missing_ok=True)
    service = socket.socket(socket.AF_UNIX)
    service.bind(str(path))
    path.chmod(0o666)
    service.listen(64)
    return service


def serve(service: socket.socket, key_file: Path) -> None:
    """Answer one after the other; nobody is waited for."""
    while True:
        connection, _ = service.accept()
        with connection:
            try:
                credentials = connection.getsockopt(
                    socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
                )
                connection.settimeout(1)
                said = answer(_CREDENTIALS.unpack(credentials), key_file)
                connection.sendall(json.dumps(said).encode() + b"\n")
            except OSError as error:
                _log(f"not answered: {error}")


def _log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(program: str, arguments: list[str]) -> int:
    """Run until stopped."""
    if len(arguments) != 2:  # noqa: PLR2004
        print(f"usage: {program} SOCKET KEY", file=sys.stderr)
        return 2
    with listen(Path(arguments[0])) as service:
        serve(service, Path(arguments[1]))
    return 0
