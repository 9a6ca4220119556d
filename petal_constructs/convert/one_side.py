"""Queues on two platforms to queues on one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from petal_constructs.convert.header import Memory
from petal_constructs.convert.report import Kind, Rows
from petal_constructs.convert.sections import with_one_side
from petal_constructs.convert.sides import SIDES, beside, value_at
from petal_constructs.convert.text import Path, Text
from petal_constructs.seed.compute import Compute, Queue
from petal_constructs.seed.model import Seed


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
            changes.append(value_at(("compute", "queues", index, "name"), names[queue.name]))
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
