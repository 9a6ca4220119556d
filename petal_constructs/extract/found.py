"""What is found in a source, before anybody asks what Spack calls it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal[
    "spack",
    "spack-installed",
    "deb",
    "rpm",
    "apk",
    "conda",
    "python",
    "r",
    "perl",
    "module",
    "image",
    "other",
]
"""Whose name it is. `spack`: a spec that somebody wrote. `other`: installed by hand, the name is a
command."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a source installs or holds."""

    kind: Kind
    name: str
    """As its package manager calls it; for `spack` the whole spec."""
    version: str = ""
    """As its package manager calls it, or bounds such as `>=1.2`; empty for none."""
    where: str = ""
    """File, and line where there is one."""
    not_needed: str = ""
    """Why it need not be in the seed, where its source tells; empty where it may be needed."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that could not be read or is not sure, with its place."""

    where: str
    text: str
    """The fact, lower case, with no final full stop."""
    hint: str = ""


Read = Iterator[Found | Note]


@dataclass(frozen=True, slots=True)
class Tree:
    """Files of one source that readers want, by path from its root."""

    name: str
    """What the user calls the source; empty for a file by itself, whose path is the whole one."""
    files: Mapping[str, Callable[[], bytes]]
    """Path -> reads the file; the mapping's order is that of the source."""
    image: bool = False
    """Whether the root is that of an image, not a folder of somebody's files."""
    notes: tuple[Note, ...] = field(default_factory=tuple)

    def place(self, path: str, line: int = 0) -> str:
        """The place of a file in the report."""
        whole = f"{self.name}/{path}" if self.name and path else self.name or path
        return f"{whole}:{line}" if line else whole

    def text(self, path: str) -> str:
        """The file as text; bytes that are none are replaced.

        Raises:
            OSError: It cannot be read, or is too large.
        """
        return self.files[path]().decode("utf-8-sig", "replace")


MOST_SHOWN: Final = 200


def shown(text: str) -> str:
    """Untrusted text on one line, without control characters, cut where it is very long."""
    plain = re.sub(r"\s+", " ", text).strip()
    plain = "".join(char if char.isprintable() else "\ufffd" for char in plain)
    return plain if len(plain) <= MOST_SHOWN else f"{plain[: MOST_SHOWN - 1]}…"
