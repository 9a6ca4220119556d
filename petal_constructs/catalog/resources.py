"""CloudFormation's types of resources, as a person calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("resources.toml")


@dataclass(frozen=True, slots=True)
class Resources:
    """What is known about types such as `AWS::EC2::VPC`.

    Attributes:
        words: Type -> what a person calls it. Types that nobody waits for are missing.
        quiet: Types of `words` that are not worth a line while all goes well.
        limits_s: Type -> seconds after which its creation is given up.
        remove: Type -> command of the AWS CLI that deletes one; `{id}` stands for its id.
    """

    words: Mapping[str, str]
    quiet: frozenset[str]
    limits_s: Mapping[str, int]
    remove: Mapping[str, str]

    def name(self, kind: str) -> str:
        """The type in words, or by its own, as in `EC2 Subnet`."""
        return self.words.get(kind) or kind.removeprefix("AWS::").replace("::", " ")


@lru_cache
def resources() -> Resources:
    """The catalog's types."""
    table = read_toml(_FILE)
    quiet = frozenset(table["quiet"]["types"])
    return Resources(table["words"], quiet, table["limits_s"], table["remove"])
