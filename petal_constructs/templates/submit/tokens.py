"""A token of one's own, from the service that root runs."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass, field

from .errors import Unreachable


@dataclass(frozen=True)
class Token:
    """Who may ask slurmrestd, and the proof."""

    user: str
    jwt: str = field(repr=False)


def own_token(path: str, timeout_s: float = 10.0) -> Token:
    """Connect, say nothing, and read: the service knows who asks.

    Raises:
        Unreachable: It does not run, or gives none to this user.
    """
    try:
        with socket.socket(socket.AF_UNIX) as service:
            service.settimeout(timeout_s)
            service.connect(path)
            with service.makefile("rb") as answer:
                found = json.loads(answer.read(65536))
    except (OSError, ValueError) as error:
        raise Unreachable(
            f"no token for the other side: {path}: {error}; login nodes give one"
        ) from error
    if "error" in found:
        raise Unreachable(f"no token for the other side: {found['error']}")
    return Token(found["user"], found["token"])
