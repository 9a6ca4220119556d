"""What the words in a failed stack's events mean for a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("causes.toml")


@dataclass(frozen=True, slots=True)
class Cause:
    """One known cause.

    Attributes:
        pattern: Regular expression that finds it in a reason.
        hint: What to do; a backslash and a number stand for what a group of the pattern found.
        source: Where the words or the remedy were read.
    """

    pattern: str
    hint: str
    source: str


@dataclass(frozen=True, slots=True)
class Causes:
    """All known causes, and where nodes write why.

    Attributes:
        causes: In the order in which they are tried.
        node_streams: Last part of the names of a node's log streams, the most telling first.
        as_of: Day on which the sources were read.
    """

    causes: tuple[Cause, ...]
    node_streams: tuple[str, ...]
    as_of: str


@lru_cache
def known_causes() -> Causes:
    """The catalog's causes."""
    table = read_toml(_FILE)
    causes = tuple(Cause(**entry) for entry in table["cause"])
    return Causes(causes, table["logs"]["node_streams"], table["as_of"])


def hint_for(reason: str) -> str | None:
    """What to do about a failure, by the words of its reason; None if they are not known."""
    for cause in known_causes().causes:
        match = re.search(cause.pattern, reason, re.IGNORECASE)
        if match:
            return match.expand(cause.hint)
    return None
