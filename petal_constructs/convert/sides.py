"""Queues on one platform to queues on two."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from petal_constructs.catalog import instance_types
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.convert.report import Rows
from petal_constructs.convert.sections import with_sides
from petal_constructs.convert.text import Path, Text
from petal_constructs.plan.sizes import known_types
from petal_constructs.seed.compute import Compute, Queue
from petal_constructs.seed.model import Seed

MOST_LETTERS: Final = 25
"""Of a queue's name (seed/base.py)."""


@dataclass(frozen=True, slots=True)
class Side:
    """A platform that a seed may be for, alone or beside another."""

    suffix: str
    """What tells names of this side from the same ones of the other."""
    other: str
    head_node: bool
    """Whether it needs one."""
    aside: Mapping[str, str]
    """Keys that it leaves aside without a warning of its checks -> why."""


SIDES: Final[Mapping[str, Side]] = {
    "parallelcluster": Side(
        "classic",
        "pcs",
        head_node=True,
        aside={
            "eks": "there is no Kubernetes",
            "network.network_policy": "there are no pods",
        },
    ),
    "pcs": Side("pcs", "parallelcluster", head_node=False, aside={}),
}
HYBRID: Final = "hybrid"

Refused = Mapping[int, Mapping[str, str]]
"""Position of a queue -> its keys that a platform cannot have, each with the reason. The key is
empty where that is the queue as a whole."""
_CAN_GO: Final = frozenset(
    name
    for name, field in Queue.model_fields.items()
    if not field.is_required() and not field.default
)
"""Keys that a queue can do without."""


def to_hybrid(text: Text, seed: Seed, rows: Rows, refused: Refused) -> Text:
    """Both sides, the other one with copies of the queues.

    Args:
        text: The seed's text.
        seed: The same, read.
        rows: Gets what is to be told.
        refused: What the other platform cannot have of the queues.
    """
    own = seed.cluster.platform
    other = SIDES[own].other
    part = seed.parts[own]
    text = with_sides(text, own, other)
    rows.add("changed", "compute", f"is platforms.{own} now, with all that it holds")
    text, names = _other_queues(text, part, other, rows, refused)
    for side in (own, other):
        text = _head_node_of(text, ("platforms", side), side, part, rows)
    return _named_beside(text, seed, names, rows)


def _other_queues(
    text: Text, part: Compute, other: str, rows: Rows, refused: Refused
) -> tuple[Text, dict[str, str]]:
    """The copies with names of their own; of each queue the name of its copy."""
    left_out = {i: why for i, why in refused.items() if not _CAN_GO.issuperset(why)}
    if len(left_out) == len(part.queues):
        left_out = {}  # a side needs queues: what is wrong with them is then told of the result
    taken = {queue.name for queue in part.queues}
    names: dict[str, str] = {}
    at: Path = ("platforms", other, "queues")
    text = _queues_written_out(text, at, len(part.queues))
    for index in reversed(range(len(part.queues))):
        name = part.queues[index].name
        if index not in left_out:
            names[name] = beside(name, SIDES[other].suffix, {*taken, *names.values()})
    text = text.together(
        value_at((*at, index, "name"), names[queue.name])
        for index, queue in enumerate(part.queues)
        if queue.name in names
    )
    for index in reversed(range(len(part.queues))):
        if index in left_out:
            text = text.without_item(at, index)
            continue
        for key in _CAN_GO.intersection(refused.get(index, ())):
            text = text.without_entry(*at, index, key)
    copies = [q for q in part.queues if q.name in names]
    rows.add("added", f"platforms.{other}", _copies(copies, names), _cost(copies))
    _tell_refused(part, other, refused, left_out, rows)
    return text, {queue.name: names[queue.name] for queue in copies}


def _tell_refused(
    part: Compute, other: str, refused: Refused, left_out: Refused, rows: Rows
) -> None:
    for index, queue in enumerate(part.queues):
        for key, why in refused.get(index, {}).items():
            if index in left_out:
                rows.add("note", f"platforms.{other}", f"no copy of {queue.name}: {why}")
            elif key in _CAN_GO:
                what = f"the copy of {queue.name} is without {key}: {why}"
                rows.add("note", f"platforms.{other}", what)


def _queues_written_out(text: Text, at: Path, count: int) -> Text:
    text = text.written_out(at)
    for index in range(count):
        text = text.written_out((*at, index))
    return text


def _copies(queues: Iterable[Queue], names: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{names[queue.name]} of {queue.name}" for queue in queues)
    return f"holds copies of the queues: {pairs}"


def _cost(copies: Iterable[Queue]) -> str:
    """What the copies may run beside the queues."""
    queues = list(copies)
    most, least = sum(q.max_count for q in queues), sum(q.min_count for q in queues)
    always = f", {least} of them always" if least else ""
    return f"they may run up to {most} nodes beside those of the queues{always}: choose the counts"


def beside(name: str, suffix: str, taken: Collection[str]) -> str:
    """A name of the other side: `compute-pcs`; with a number where that is taken."""
    numbers = (f"-{suffix}{number or ''}" for number in range(1000))
    candidates = (f"{name[: MOST_LETTERS - len(n)].rstrip('-')}{n}" for n in numbers)
    return next(candidate for candidate in candidates if candidate not in taken)


def _head_node_of(text: Text, path: Path, side: str, part: Compute, rows: Rows) -> Text:
    if SIDES[side].head_node:
        return with_head_node(text, path, part, rows)
    for key in ("login_nodes", "head_node"):
        if text.entry(*path, key) is not None:
            text = text.without_entry(*path, key)
    return text


def with_head_node(text: Text, path: Path, part: Compute, rows: Rows) -> Text:
    """A head node where none is written, of the architecture of the queues."""
    if part.head_node is not None:
        return text
    kind = _head_node(part)
    where = ".".join(map(str, (*path, "head_node")))
    rows.add("added", where, kind, "choose its size", value=True)
    return text.written_out(path).with_entry(path, "head_node", kind, first=True)


def _head_node(part: Compute) -> str:
    default = DEFAULTS.head_node.value
    wanted = {kind.architecture for q in part.queues for kind in known_types(q.instance_types)}
    (own,) = known_types([default])
    if own.architecture in wanted or not wanted:
        return default
    family = own.family[0]
    alike = (
        kind
        for kind in known_types(instance_types.names())
        if (kind.vcpus, kind.memory_mib) == (own.vcpus, own.memory_mib)
        and kind.architecture in wanted
        and kind.family.startswith(family)
    )
    return next((kind.name for kind in alike), default)


def _named_beside(text: Text, seed: Seed, names: Mapping[str, str], rows: Rows) -> Text:
    """Tenants that name queues may submit to their copies as well."""
    changes = []
    for index, tenant in enumerate(seed.tenants):
        more = [names[name] for name in tenant.queues if name in names]
        if more:
            changes.append(_more(("tenants", index, "queues"), more))
            rows.add("added", f"tenants[{index}].queues", f"also {', '.join(more)}")
    text = text.together(changes)
    copied = names.get(seed.software.build_on or "")
    if copied and not SIDES[seed.cluster.platform].head_node:
        text = text.with_value(("software", "build_on"), copied)
        rows.add("changed", "software.build_on", f"{copied}, the queue of the side that builds")
    return text


def _more(path: Path, items: list[str]) -> Callable[[Text], Text]:
    return lambda text: text.with_items(path, items)


def value_at(path: Path, value: str) -> Callable[[Text], Text]:
    """The change that writes a scalar at a path."""
    return lambda text: text.with_value(path, value)
