"""Two cluster configurations -> what differs, parameter by parameter, as ParallelCluster sees it.

Sections are compared within, lists of sections by the key of their entries and not by order.
Source: `config/config_patch.py` of aws-parallelcluster 3.16.1, 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from petal_constructs.catalog.parallelcluster_updates import rule


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """A parameter, section or entry of a list that is not the same on both sides."""

    place: tuple[str, ...]
    """The sections that it is in, entries of lists by name: `SlurmQueues[compute]`."""
    key: str
    policy: str
    old: Any
    """None where the old side does not have it; so for the new side."""
    new: Any
    is_entry: bool = False
    """Whether an entry of a list came or went."""

    @property
    def path(self) -> str:
        """`Scheduling.SlurmQueues[compute].CapacityType`."""
        return ".".join((*self.place, self.key))


def config_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[ConfigChange, ...]:
    """Everything that differs between two configurations."""
    return tuple(_in_section((), old, new))


def _in_section(
    place: tuple[str, ...], old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[ConfigChange]:
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            yield from _parameter(place, key, old.get(key), new.get(key))


def _parameter(place: tuple[str, ...], key: str, old: Any, new: Any) -> Iterator[ConfigChange]:
    known = rule("/".join(step.partition("[")[0] for step in (*place, key)))
    if _is_sequence(old) or _is_sequence(new):
        yield from _scripts(place, key, old, new)
    elif known.list_key:
        yield from _entries(place, key, _by(known.list_key, old), _by(known.list_key, new))
    elif known.is_section and ((old and new) or known.policy == "IGNORED"):
        yield from _in_section((*place, key), old or {}, new or {})
    else:
        yield ConfigChange(place, key, known.policy, old, new)


def _is_sequence(action: Any) -> bool:
    return isinstance(action, Mapping) and "Sequence" in action


def _scripts(place: tuple[str, ...], key: str, old: Any, new: Any) -> Iterator[ConfigChange]:
    """Several scripts for one event; one that becomes several is told beside its `Args`."""
    policy = rule("/".join(step.partition("[")[0] for step in (*place, key))).policy
    if _is_sequence(old) and _is_sequence(new):
        sequences = old["Sequence"], new["Sequence"]
        yield ConfigChange((*place, key), "Sequence", policy, *sequences)
        return
    yield ConfigChange(place, key, policy, old, new)
    if old and new:
        yield ConfigChange(place, "Args", policy, old.get("Args"), new.get("Args"))


def _entries(
    place: tuple[str, ...], key: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[ConfigChange]:
    policy = rule("/".join(step.partition("[")[0] for step in (*place, key))).policy
    for name in dict.fromkeys((*old, *new)):
        entry = f"{key}[{name}]"
        if name in old and name in new:
            yield from _in_section((*place, entry), old[name], new[name])
        else:
            yield ConfigChange(place, entry, policy, old.get(name), new.get(name), is_entry=True)


def _by(list_key: str, entries: Any) -> dict[str, Any]:
    return {entry[list_key]: entry for entry in entries or ()}
