"""What AWS CodeBuild offers to build images on.

Example:
    >>> from petal_constructs.catalog import codebuild
    >>> codebuild.facts().machines["aarch64"].type
    'ARM_CONTAINER'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("codebuild.toml")


@dataclass(frozen=True, slots=True)
class Machine:
    """An environment of CodeBuild."""

    type: str
    image: str
    """What builds run in; it has Docker, buildx and the AWS CLI."""


@dataclass(frozen=True, slots=True)
class CodeBuild:
    """The facts."""

    source: str
    as_of: str
    compute_type: str
    timeout_minutes: int
    machines: Mapping[str, Machine]
    """By what `uname -m` says there."""


@lru_cache
def facts() -> CodeBuild:
    """The facts."""
    table = read_toml(_FILE)
    machines = {name: Machine(**machine) for name, machine in table.pop("machines").items()}
    return CodeBuild(**table, machines=machines)
