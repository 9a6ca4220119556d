"""`users`: who logs in."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Annotated, Final

from pydantic import Field

from petal_constructs.seed.base import Section, UserName, form
from petal_constructs.seed.near import public_key

_LETTER: Final = "[A-Za-z0-9+/]"
_CURVES: Final = ("nistp256", "nistp384", "nistp521")
KEY_TYPES: Final = (
    "ssh-ed25519",
    "ssh-rsa",
    *(f"ecdsa-sha2-{curve}" for curve in _CURVES),
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)


def _start(kind: str) -> str:
    """Type and first letters of the body, which says the type again (RFC 4253, section 6.6)."""
    again = b64encode(len(kind).to_bytes(4, "big") + kind.encode()).decode()
    whole = (4 + len(kind)) * 8 // 6
    to_a_group = -whole % 4
    return f"{re.escape(kind)} {re.escape(again[:whole])}{_LETTER}{{{to_a_group}}}"


SshPublicKey = Annotated[
    str,
    form(
        rf"^({'|'.join(map(_start, KEY_TYPES))})"
        rf"({_LETTER}{{4}}){{10,}}({_LETTER}{{2}}==|{_LETTER}{{3}}=)?"
        r"( [^\x00-\x1f\x7f-\x9f]*)?$",
        "one line of an OpenSSH public key file, such as ssh-ed25519 AAAA... me@campus",
        longest=2000,
        near=public_key,
    ),
]


class User(Section):
    """A person with the same name and ids on every node, so that files keep their owner."""

    name: Annotated[UserName, Field(examples=["researcher1"])]
    """Login name."""

    uid: Annotated[int, Field(ge=1, le=60000, examples=[5001])]
    """User id, the same on every node. Ids below 1000 are the system's: petal warns."""

    gid: Annotated[int, Field(ge=1, le=60000, examples=[5001])]
    """Group id, the same on every node. Users may share one."""

    ssh_public_keys: tuple[SshPublicKey, ...] = ()
    """Public keys that may log in as this user."""
