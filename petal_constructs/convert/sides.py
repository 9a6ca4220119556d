"""Queues on one platform to queues on two, and back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from petal_constructs.catalog import instance_types
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.convert.header import Memory
from petal_constructs.convert.report import Kind, Rows
from petal_constructs.convert.sections import with_one_side, with_sides
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
        _value((*at, index, "name"), names[queue.name])
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


def _value(path: Path, value: str) -> Callable[[Text], Text]:
    return lambda text: text.with_value(path, value)


def _without(path: Path, names: tuple[str, ...], going: list[int]) -> Callable[[Text], Text]:
    """Names of a list, at once where they stand side by side."""
    first, last = going[0], going[-1]

    def change(text: Text) -> Text:
        items = (text.written_out(path).node(*path) or text.document.root).items or []
        if len(items) != len(names):  # another list with the same anchor was changed already
            return text
        if going == [*range(first, last + 1)]:
            return text.without_item(path, first, last)
        for position in reversed(going):
            text = text.without_item(path, position)
        return text

    return change


def to_one_side(text: Text, seed: Seed, kept: str, memory: Memory, rows: Rows) -> Text:
    """One side of a hybrid seed; the queues of the other are lost, unless they are copies.

    Args:
        text: The seed's text.
        seed: The same, read.
        kept: The side that stays.
        memory: What earlier conversions did.
        rows: Gets what is to be told.
    """
    dropped = SIDES[kept].other
    parts = seed.parts
    text = with_one_side(text, kept)
    what = "is compute now, with all that it holds"
    rows.add("restored" if kept in memory.sides else "changed", f"platforms.{kept}", what)
    names = _names_taken_back(parts[kept].queues, parts[dropped].queues, SIDES[kept].suffix)
    changes = []
    for index, queue in enumerate(parts[kept].queues):
        if queue.name in names:
            changes.append(_value(("compute", "queues", index, "name"), names[queue.name]))
            what = f"{queue.name} is called {names[queue.name]} again, as on the other side"
            rows.add("restored", f"compute.queues[{index}].name", what)
    text = text.together(changes)
    _tell_queues(parts[kept], parts[dropped], dropped, names, rows)
    _tell_nodes(parts[dropped], dropped, memory.added, rows)
    staying = {names.get(queue.name, queue.name) for queue in parts[kept].queues}
    return _named_alone(text, seed, names, staying, rows)


def _names_taken_back(
    kept: Iterable[Queue], dropped: Iterable[Queue], suffix: str
) -> dict[str, str]:
    """Queues of the side that stays, named after those of the other side, and these names."""
    theirs = [queue.name for queue in dropped]
    ours = {queue.name for queue in kept}
    back: dict[str, str] = {}
    for name in theirs:
        copy = beside(name, suffix, ())
        if copy in ours and name not in ours:
            back[copy] = name
    return back


def _tell_queues(
    kept: Compute, dropped: Compute, platform: str, names: Mapping[str, str], rows: Rows
) -> None:
    lost = [q.name for q in dropped.queues if not _is_copy(q, kept, platform, names)]
    if lost:
        hint = "the seed that was converted still has them"
        rows.add("lost", f"platforms.{platform}", f"its queues go: {', '.join(lost)}", hint)
    else:
        what = "its queues are copies of those that stay"
        rows.add("restored", f"platforms.{platform}", what)


def _tell_nodes(dropped: Compute, platform: str, added: Mapping[str, str], rows: Rows) -> None:
    """The machines of a side that goes."""
    for key in ("head_node", "login_nodes"):
        written, where = getattr(dropped, key), f"platforms.{platform}.{key}"
        if written and added.get(where) != written:
            nodes = written if isinstance(written, str) else ", ".join(p.name for p in written)
            rows.add("lost", where, f"{nodes} goes")


def _is_copy(queue: Queue, kept: Compute, platform: str, names: Mapping[str, str]) -> bool:
    """Whether a queue that goes says nothing but its name that one that stays does not say."""
    suffix = SIDES[platform].suffix
    return any(
        _said(queue).items() <= _said(twin).items()
        and queue.name in {beside(twin.name, suffix, ()), names.get(twin.name)}
        for twin in kept.queues
    )


def _said(queue: Queue) -> dict[str, str]:
    """All that a queue says but its name."""
    said = queue.model_dump(exclude_defaults=True, exclude={"name"})
    return {key: str(value) for key, value in said.items()}


def _named_alone(
    text: Text, seed: Seed, names: Mapping[str, str], staying: Collection[str], rows: Rows
) -> Text:
    """Tenants name queues that there are; one that would name none is left for a person."""
    text = _renamed(text, seed, names)
    changes = []
    for index, tenant in enumerate(seed.tenants):
        going = [
            position
            for position, name in enumerate(tenant.queues)
            if name not in staying and (name not in names or names[name] in tenant.queues)
        ]
        if not going or len(going) == len(tenant.queues):
            continue
        changes.append(_without(("tenants", index, "queues"), tenant.queues, going))
        gone = ", ".join(tenant.queues[position] for position in going)
        told = all(tenant.queues[p] in names for p in going)
        kind: Kind = "restored" if told or _all_copies(tenant.queues, going) else "lost"
        rows.add(kind, f"tenants[{index}].queues", f"without {gone}")
    return text.together(changes)


def _renamed(text: Text, seed: Seed, names: Mapping[str, str]) -> Text:
    """What names a queue names it as it is called now."""
    if seed.software.build_on in names:
        text = text.with_value(("software", "build_on"), names[seed.software.build_on or ""])
    for index, tenant in enumerate(seed.tenants):
        for position, name in enumerate(tenant.queues):
            if name in names and names[name] not in tenant.queues:
                at: Path = ("tenants", index, "queues")
                text = text.written_out(at).with_value((*at, position), names[name])
    return text


def _all_copies(queues: tuple[str, ...], going: list[int]) -> bool:
    suffixes = [side.suffix for side in SIDES.values()]
    others = [name for index, name in enumerate(queues) if index not in going]
    copies = {beside(name, suffix, ()) for name in others for suffix in suffixes}
    return all(queues[position] in copies for position in going)
