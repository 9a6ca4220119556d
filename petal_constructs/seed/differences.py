"""Which fields two seeds differ in, and a seed with one of these changes made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from petal_constructs.seed.base import Section
from petal_constructs.seed.model import Seed


@dataclass(frozen=True, slots=True)
class Item:
    """Step into a list or mapping: to the entry of that name."""

    key: str


ORDER: Final = Item("order")
"""Step to the order of a list's entries."""
KEYS: Final = ("name", "mount_point")
"""What tells two entries of a list apart: the first of these that they have."""

Step = str | Item


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that is not the same in two seeds."""

    steps: tuple[Step, ...]
    old: Any
    """None where the old seed has no such entry, or leaves the field out."""
    new: Any

    @property
    def path(self) -> str:
        """As a person writes it; entries of lists by name: `compute.queues[gpu].max_count`."""
        steps = (step if isinstance(step, str) else f"[{step.key}]" for step in self.steps)
        return ".".join(steps).replace(".[", "[")


def field_changes(old: Seed, new: Seed) -> tuple[FieldChange, ...]:
    """Every field that differs, in the order of the language."""
    return tuple(_compare((), old, new))


def changed(seed: Seed, change: FieldChange) -> Seed:
    """The seed with this change made. It is not checked."""
    result: Seed = _put(seed, change.steps, change.new)
    return result


def unchanged(seed: Seed, change: FieldChange) -> Seed:
    """The seed with this change taken back. It is not checked."""
    result: Seed = _put(seed, change.steps, change.old)
    return result


def _compare(steps: tuple[Step, ...], old: Any, new: Any) -> Iterator[FieldChange]:
    if old == new:
        return
    if isinstance(old, Section) and isinstance(new, Section):
        for name in type(old).model_fields:
            yield from _compare((*steps, name), getattr(old, name), getattr(new, name))
        return
    ours, theirs = _items(old), _items(new)
    if ours is None or theirs is None:
        yield FieldChange(steps, old, new)
        return
    for key in dict.fromkeys((*ours, *theirs)):
        yield from _compare((*steps, Item(key)), ours.get(key), theirs.get(key))
    first, second = (
        tuple(key for key in side if key in ours and key in theirs) for side in (ours, theirs)
    )
    if first != second and isinstance(old, tuple):
        yield FieldChange((*steps, ORDER), first, second)


def _items(value: Any) -> Mapping[str, Any] | None:
    """Entries by name; None for a value that is compared as a whole."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, tuple):
        return None
    keys = [_key(entry) for entry in value]
    if None in keys or len({*keys}) < len(keys):
        return None
    return dict(zip(map(str, keys), value, strict=True))


def _key(entry: Any) -> str | None:
    found = (getattr(entry, key, None) for key in KEYS if isinstance(entry, Section))
    return next(filter(None, found), None)


def _put(node: Any, steps: tuple[Step, ...], value: Any) -> Any:
    """A copy of a part of a seed with a value in one place; None takes an entry out."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, str):
        return node.model_copy(update={step: _put(getattr(node, step), rest, value)})
    entries = dict(_items(node) or {})
    if step is ORDER:
        entries = {key: entries[key] for key in (*value, *entries) if key in entries}
    else:
        entry = _put(entries.get(step.key), rest, value)
        entries = {
            key: kept for key, kept in (entries | {step.key: entry}).items() if kept is not None
        }
    return entries if isinstance(node, dict) else tuple(entries.values())
