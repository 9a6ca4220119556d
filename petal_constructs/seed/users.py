"""`users`: who logs in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from petal_constructs.seed.base import Section, UserName, form

SshPublicKey = Annotated[
    str,
    form(
        r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)"
        r"|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)"
        r" [A-Za-z0-9+/]+={0,3}( [A-Za-z0-9_.@+:, -]*)?$",
        "one line of an OpenSSH public key file, such as ssh-ed25519 AAAA... me@campus",
        longest=2000,
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
