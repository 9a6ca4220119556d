"""AWS regions and the partitions that they lie in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from petal_constructs.catalog.toml import read_toml

_FILE = Path(__file__).with_name("regions.toml")


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of AWS with its own accounts and ARNs, such as China."""

    name: str
    """As in an ARN: `aws`, `aws-cn`, `aws-us-gov`."""
    dns_suffix: str
    """Domain of its services, such as `amazonaws.com`."""
    pattern: str
    """Regular expression of its region names, those to come included."""
    regions: tuple[str, ...]


@lru_cache
def partitions() -> tuple[Partition, ...]:
    """Every partition."""
    found = read_toml(_FILE)["partitions"]
    return tuple(Partition(name, **facts) for name, facts in found.items())


def names() -> tuple[str, ...]:
    """Every region that the catalog knows; AWS may have opened more since."""
    return tuple(region for partition in partitions() for region in partition.regions)


def partition_of(region: str) -> Partition | None:
    """The partition of a region, also of one that opened since; None if the name fits none."""
    return next((p for p in partitions() if re.fullmatch(p.pattern, region)), None)
