"""Secret material in what petal hands out: templates, manifests, values of charts, assets.

A long text that looks random counts as secret unless it is known as something public: a digest, the
key of an asset, an ssh public key, a logical id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from tests.manifests.judge import helm_values, manifests
from tests.manifests.tokens import Template

TEXT_BYTES: Final = 2_000_000
"""Larger files are programs or archives of others."""
KEY_SIGNS: Final = 10_000
"""No key is as long: it is a program inside another's text."""

PATTERNS: Final = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
}
_WORD: Final = (
    r"(?:password|passwd|passphrase|secret|secretstring|token|(?:private|api|access)_?key)"
)
_NAMED: Final = re.compile(rf"(?i){_WORD}$")
_QUOTED: Final = re.compile(rf"""(?i){_WORD}["']?\s*[:=]\s*(["'])([^"'\s]{{4,}})\1""")
_UNQUOTED: Final = re.compile(rf"(?im){_WORD}\s*[:=]\s*(?=\S*\d)(?=\S*[a-z])([\w+/=-]{{8,}})\s*$")
_PLACEHOLDER: Final = re.compile(r"[{}$<>%()]|^[/.~]|^\*+$")
"""Something that is filled in elsewhere, or a path."""

_BLOB: Final = re.compile(
    r"(?:(?<![A-Za-z0-9+/_-])(?!(?<=\\)t)|(?<=\\t))"  # a tab in JSON is no letter
    r"(?!sha\d{3}-|eks/prune-c8[0-9a-f]{40}\b)"  # a digest; CDK's label, an address in its tree
    r"[A-Za-z0-9+/_-]{40,}={0,2}"
)
_PUBLIC_BEFORE: Final = re.compile(
    r"""(?xi)(
        sha(1|256|384|512)([:=\ \t"'-]|\\+t)*                        # a digest
        | (hash|digest|checksum|fingerprint)\w*["']?\s*[:=]\s*["']?  # a field of one
        | asset\. | v2:deflate64:                                    # CDK's own
        | (ssh-|ecdsa-|sk-)[\w@.-]+\                                 # a public key
    )$"""
)
_PUBLIC_AFTER: Final = re.compile(r"\.(zip|json|js|mjs|tar|tgz|template)\b|[ ][ *][\w./-]")
"""The name of an asset, or the file of a line that sha256sum wrote."""


@dataclass(frozen=True)
class Finding:
    """Something secret, without the secret."""

    place: str
    what: str


def in_template(template: Template) -> list[Finding]:
    """Findings in a template, also inside the JSON texts of its manifests and chart values."""
    known = {*template["Resources"], *template.get("Conditions", {})}
    texts = {"template": template, "manifest": manifests(template), "values": helm_values(template)}
    return [finding for place, value in texts.items() for finding in in_value(value, place, known)]


def in_folder(folder: Path, known: Iterable[str] = ()) -> list[Finding]:
    """Findings in the text files below a folder; binary files and those of TEXT_BYTES are left out.

    Args:
        folder: Such as the assets of a cloud assembly.
        known: Long texts that are public.
    """
    found: list[Finding] = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.stat().st_size < TEXT_BYTES:
            data = path.read_bytes()
            if b"\0" not in data:
                text = data.decode("utf-8", "replace")
                found += in_text(text, str(path.relative_to(folder)), known)
    return found


def in_value(value: Any, place: str, known: Iterable[str] = ()) -> Iterator[Finding]:
    """Findings in a value as JSON has them."""
    match value:
        case {"kind": "Secret", "data": dict()} | {"kind": "Secret", "stringData": dict()}:
            yield Finding(place, "a Secret with its content")
        case {"name": str() as name, "value": str() as literal}:
            yield from _named(name, literal, f"{place}.{name}")
        case _:
            pass
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _named(key, part, f"{place}.{key}")
            yield from in_value(part, f"{place}.{key}", known)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from in_value(part, f"{place}[{number}]", known)
    elif isinstance(value, str):
        yield from in_text(f"{place.rsplit('.', 1)[-1]}: {value}", place, known, code=False)


def in_text(
    text: str, place: str, known: Iterable[str] = (), *, code: bool = True
) -> Iterator[Finding]:
    """Findings in a text; `code` looks for assignments to telling names as well."""
    for what, pattern in PATTERNS.items():
        if pattern.search(text):
            yield Finding(place, what)
    for blob in _BLOB.finditer(text):
        before, after = text[max(0, blob.start() - 40) : blob.start()], text[blob.end() :][:12]
        public = _PUBLIC_BEFORE.search(before) or _PUBLIC_AFTER.match(after) or blob[0] in known
        if not public and len(blob[0]) < KEY_SIGNS and looks_random(blob[0]):
            yield Finding(place, f"{len(blob[0])} random signs, {blob[0][:6]}...")
    if code:
        literals = [found[2] for found in _QUOTED.finditer(text)]
        for literal in literals + [found[1] for found in _UNQUOTED.finditer(text)]:
            if not _PLACEHOLDER.search(literal):
                yield Finding(place, f"a literal of {len(literal)} signs for a telling name")


def looks_random(text: str) -> bool:
    """Whether signs of different kinds alternate as in no word, path or CamelCase name.

    In random base64 60 % of neighbours differ in kind; hexadecimal digits are no words at all.
    """
    if re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", text):
        return len(set(text)) > 9
    pairs = [(a, b) for a, b in pairwise(text) if a.isalnum() and b.isalnum()]
    changes = sum(_kind(a) != _kind(b) for a, b in pairs)
    return changes > 0.33 * (len(text) - 1) and len(set(text)) > 9


def _kind(sign: str) -> tuple[bool, bool]:
    return sign.isupper(), sign.isdigit()


def _named(name: str, value: Any, place: str) -> Iterator[Finding]:
    """A literal whose name says that it is secret."""
    if isinstance(value, str) and value and _NAMED.search(name) and not _PLACEHOLDER.search(value):
        yield Finding(place, f"a literal of {len(value)} signs")


def as_text(findings: Iterable[Finding]) -> str:
    """Findings for a message."""
    return json.dumps([f"{finding.place}: {finding.what}" for finding in findings], indent=1)
