"""A seed with stand-ins for its misshapen parts, so that the rest is checked in the same run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from petal_constructs.errors import Problem
from petal_constructs.seed.model import Seed
from petal_constructs.seed.spelling import Path

_REGION: Final = "xx-none-1"
_NAME: Final = "stand-in"
_TYPE: Final = f"{_NAME}.none"
_QUEUE: Final = {"name": _NAME, "instance_types": (_TYPE,)}

STAND_INS: Final[dict[str, Any]] = {
    "cluster": {"name": _NAME, "region": _REGION, "platform": "auto"},
    "name": _NAME,
    "region": _REGION,
    "platform": "auto",
    "queues": (_QUEUE,),
    "instance_types": (_TYPE,),
    "instance_type": _TYPE,
    "script": "s3://stand-in/script.sh",
    "parallelcluster": {"head_node": _TYPE, "queues": (_QUEUE,)},
    "pcs": {"queues": (_QUEUE,)},
    "uid": 59_999,
    "gid": 59_999,
    "bucket": _NAME,
    "mount_point": "/stand-in",
    "type": "efs",
    "count": 1,
    "domain": "stand.in",
    "addresses": ("ldaps://stand.in",),
    "reader": "CN=Reader,DC=stand,DC=in",
    "password_secret": f"arn:aws:secretsmanager:{_REGION}:000000000000:secret:stand-in-AbCdEf",
}
"""A value of the right shape for every key that a seed cannot do without.

The region and the instance type are none that the catalog knows and the platform none that has
checks of its own, so that nothing is said about one that the user did not choose.
"""


@dataclass(frozen=True)
class Repaired:
    """A seed of the right shape, and the paths whose values are not the user's."""

    seed: Seed
    replaced: tuple[Path, ...]

    def is_the_users(self, path: Path, problem: Problem) -> bool:
        """True where a finding at this path neither comes from a stand-in nor speaks of one."""
        at_one = any(_overlap(path, stand_in) for stand_in in self.replaced)
        return not at_one and not any(name in problem.message for name in (_REGION, _NAME))


def repair(data: Any, bad: Iterable[Path], strange: Iterable[Path] = ()) -> Repaired | None:
    """Replace what stands at the bad paths; None where that does not make a seed.

    Args:
        data: What the user wrote.
        bad: Paths of values.
        strange: Paths of keys that are none of the language, which go.
    """
    going = {*strange}
    replaced = tuple({_value_path(path) for path in bad} | going)
    for path in sorted(replaced, key=len):
        data = _replaced(data, path, {} if path in going else STAND_INS)
    try:
        return Repaired(Seed.model_validate(data), replaced)
    except ValidationError:
        return None


def _value_path(path: Path) -> Path:
    """The key to replace: for an item of a list, the key that holds the list."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path


def _replaced(value: Any, path: Path, stand_ins: Mapping[str, Any]) -> Any:
    """A copy of the value in which the last key of the path has its stand-in, or is left out."""
    first, *rest = path or ("",)
    below = tuple(rest)
    if isinstance(value, tuple) and isinstance(first, int) and first < len(value):
        changed = _replaced(value[first], below, stand_ins)
        return (*value[:first], changed, *value[first + 1 :])
    if not isinstance(value, dict):
        return value
    if rest:
        return {k: _replaced(v, below, stand_ins) if k == first else v for k, v in value.items()}
    without = {key: v for key, v in value.items() if key != first}
    return without | {key: stand_in for key, stand_in in stand_ins.items() if key == first}


def _overlap(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
