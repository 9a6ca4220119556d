"""A seed with stand-ins for its misshapen parts, so that the rest is checked in the same run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from petal_constructs.seed.model import Seed
from petal_constructs.seed.spelling import Path

_QUEUE: Final = {"name": "stand-in", "instance_types": ("c5.large",)}

STAND_INS: Final[dict[str, Any]] = {
    "cluster": {"name": "stand-in", "region": "xx-none-1", "platform": "auto"},
    "name": "stand-in",
    "region": "xx-none-1",
    "platform": "auto",
    "queues": (_QUEUE,),
    "instance_types": ("c5.large",),
    "parallelcluster": {"head_node": "t3.xlarge", "queues": (_QUEUE,)},
    "pcs": {"queues": (_QUEUE,)},
    "uid": 59_999,
    "gid": 59_999,
    "bucket": "stand-in",
    "mount_point": "/stand-in",
    "type": "efs",
}
"""A value of the right shape for every key that a seed cannot do without.

The region is none that the catalog knows and the platform none that has checks of its own, so that
nothing is said about a region or a platform that the user did not choose.
"""


@dataclass(frozen=True)
class Repaired:
    """A seed of the right shape, and the paths whose values are not the user's."""

    seed: Seed
    replaced: tuple[Path, ...]

    def is_the_users(self, path: Path) -> bool:
        """True where a finding at this path does not come from a stand-in."""
        return not any(_overlap(path, stand_in) for stand_in in self.replaced)


def repair(data: Any, bad: Iterable[Path]) -> Repaired | None:
    """Replace what stands at the bad paths; None where that does not make a seed."""
    replaced = tuple({_value_path(path) for path in bad})
    for path in sorted(replaced, key=len):
        data = _replaced(data, path)
    try:
        return Repaired(Seed.model_validate(data), replaced)
    except ValidationError:
        return None


def _value_path(path: Path) -> Path:
    """The key to replace: for an item of a list, the key that holds the list."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path


def _replaced(value: Any, path: Path) -> Any:
    """A copy of the value in which the last key of the path has its stand-in, or is left out."""
    first, *rest = path or ("",)
    if isinstance(value, tuple) and isinstance(first, int) and first < len(value):
        return (*value[:first], _replaced(value[first], tuple(rest)), *value[first + 1 :])
    if not isinstance(value, dict):
        return value
    if rest:
        return {key: _replaced(v, tuple(rest)) if key == first else v for key, v in value.items()}
    without = {key: v for key, v in value.items() if key != first}
    return without | ({first: STAND_INS[first]} if first in STAND_INS else {})


def _overlap(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
