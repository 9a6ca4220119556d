"""Near misses: what a text that lacks its form was probably meant to be, as a hint."""

from __future__ import annotations

import re
from typing import Final

TYPOGRAPHY: Final = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", ("a hyphen", "-")),
    **dict.fromkeys("\u2018\u2019", ("a straight quote", "'")),
    **dict.fromkeys("\u201c\u201d\u201e", ("a straight quote", '"')),
    **dict.fromkeys("\u00a0\u202f", ("a plain space", "a space")),
}
"""What word processors and web pages put in the place of a plain character."""

SYNONYMS: Final = {
    **dict.fromkeys(("max_nodes", "max_size", "max"), "max_count"),
    **dict.fromkeys(("min_nodes", "min_size", "min"), "min_count"),
    "spot": "capacity_type: SPOT",
    "time_limit": "max_time",
    "instances": "instance_types",
}
"""Key of other tools -> what a seed calls it, where a section has that key."""


def typography(text: str) -> str:
    """Names the first character that is not the plain one; empty where all are."""
    for char in text:
        if char in TYPOGRAPHY:
            kind, plain = TYPOGRAPHY[char]
            shown = char if char.isprintable() else f"the character U+{ord(char):04X}"
            return f"{shown} is not {kind}: type {plain} instead"
    return ""


def slurm_time(text: str) -> str:
    """Two numbers: Slurm reads minutes and seconds, most people mean hours and minutes."""
    clock = re.fullmatch("([0-9]+):([0-5][0-9])", text)
    return f"write {text}:00 for hours, or {clock[1]} for minutes" if clock else ""


def spack_spec(text: str) -> str:
    """A version behind a space, or in the spelling of modules."""
    parts = re.fullmatch(r"([a-z0-9_][a-z0-9_-]*)[ @/]+v?([0-9][A-Za-z0-9_.-]*)(.*)", text)
    if parts:
        return f"write {parts[1]}@{parts[2]}{parts[3]}"
    return "write a version after the @, or leave the @ out" if text.endswith("@") else ""


def folder(text: str) -> str:
    """A slash at the end."""
    return f"remove the final /: {text.rstrip('/')}" if re.fullmatch("(/[^/]+)+/+", text) else ""


def bucket(text: str) -> str:
    """A bucket's address or ARN, or a bucket together with a prefix."""
    found = re.fullmatch("(?:s3://|arn:aws[a-z-]*:s3:::)?([a-z0-9.-]{3,63})(?:/(.*))?", text)
    if not found:
        return ""
    prefix = (found[2] or "").strip("/*")
    return f"write bucket: {found[1]}" + (f" with prefix: {prefix}" if prefix else "")


def block(text: str) -> str:
    """One address."""
    one = re.fullmatch(r"[0-9]+(\.[0-9]+){3}", text)
    return f"write {text}/32 for one address, or a block such as 192.0.2.0/24" if one else ""


def directory_address(text: str) -> str:
    """A host without its protocol."""
    host = re.fullmatch(r"(?:[a-z]+://)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?)/?", text)
    return f"write ldaps://{host[1]}" if host else ""


def zone_of_a_region(text: str) -> str:
    """A zone where its region is wanted."""
    if re.fullmatch("[a-z]{2}(-[a-z]+)+-[0-9][a-z]", text):
        return f"write {text[:-1]}: zones go to network.zones"
    return ""


def public_key(text: str) -> str:
    """A key that was cut while it was copied, or one with a strange comment."""
    kind, _, rest = text.partition(" ")
    body, _, comment = rest.partition(" ")
    if not comment.isprintable():
        return "write the key on one line, with a comment that has no control characters"
    if kind.startswith(("ssh-", "ecdsa-", "sk-")) and body.startswith("AAAA"):
        return f"copy the whole line again: what follows {kind} is cut, or not of that type"
    return ""
