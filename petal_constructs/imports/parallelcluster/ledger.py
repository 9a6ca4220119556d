"""The configuration as its importer reads it: what becomes of each value is written down."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from petal_constructs.seed.tree import Node

Fate = Literal["kept", "same", "changed", "lost", "decide", "empty"]
"""`kept`: it stands in the seed. `same`: petal does so by itself. `changed`: the seed has something
near. `lost`: petal has nothing for it. `decide`: a person has to. `empty`: it holds nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of one value.

    Attributes:
        path: Where it stands, such as `Scheduling.SlurmQueues[0].Name`; empty for the whole file.
        line: Line in the file, from 1.
        value: The value: text, a number, a truth value or nothing.
        fate: What became of it.
        seed: Where it stands in the seed; empty where it does not.
        reason: Why, and what to do; empty for what is kept as it is.
    """

    path: str
    line: int
    value: Any
    fate: Fate
    seed: str = ""
    reason: str = ""


@dataclass(slots=True)
class Ledger:
    """What became of each value so far, by path; remarks concern no single value."""

    entries: dict[str, Entry] = field(default_factory=dict)
    remarks: list[Entry] = field(default_factory=list)

    def remark(self, line: int, fate: Fate, reason: str, seed: str = "", value: Any = None) -> None:
        """Write down what concerns no value, or what is missing."""
        self.remarks.append(Entry("", line, value, fate, seed, reason))

    def amend(self, seed: str, fate: Fate, reason: str) -> None:
        """What stood in the seed at this path, or below it, stands there no longer.

        What follows it in a list moves up.
        """
        place = re.fullmatch(r"(.+)\[(\d+)\]", seed)
        for path, entry in self.entries.items():
            if entry.seed == seed or entry.seed.startswith((f"{seed}.", f"{seed}[")):
                self.entries[path] = replace(entry, fate=fate, seed="", reason=reason)
            elif place:
                moved = _moved_up(entry.seed, place[1], int(place[2]))
                self.entries[path] = replace(entry, seed=moved)

    @property
    def in_order(self) -> tuple[Entry, ...]:
        """All of it in the order of the file; what concerns the whole file comes first."""
        return (*self.remarks, *sorted(self.entries.values(), key=lambda entry: entry.line))


@dataclass(frozen=True, slots=True)
class Part:
    """A place in the configuration, which may be empty, or hold what nobody expected there."""

    path: str
    node: Node | None
    ledger: Ledger

    def at(self, *keys: str) -> Part:
        """The place below these keys."""
        part = self
        for key in keys:
            below = part.node.value if part.node else None
            node = below[key].node if isinstance(below, dict) and key in below else None
            part = Part(_below(part.path, key), node, self.ledger)
        return part

    @property
    def items(self) -> tuple[Part, ...]:
        """The entries of a list; none where there is no list."""
        below = self.node.value if self.node else None
        if not isinstance(below, list):
            return ()
        numbered = enumerate(below)
        return tuple(Part(f"{self.path}[{i}]", node, self.ledger) for i, node in numbered)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of a mapping; none where there is no mapping."""
        below = self.node.value if self.node else None
        return tuple(below) if isinstance(below, dict) else ()

    @property
    def value(self) -> Any:
        """The scalar that stands here; None where there is none."""
        below = self.node.value if self.node else None
        return None if isinstance(below, dict | list) else below

    @property
    def text(self) -> str | None:
        """The scalar as it was written; None where there is none."""
        value = self.value
        if isinstance(value, bool):
            return str(value).lower()
        return None if value is None else getattr(value, "text", str(value))

    @property
    def number(self) -> int | None:
        """The whole number that stands here, if one does, in quotes or not."""
        text = self.text or ""
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None

    @property
    def on(self) -> bool | None:
        """The truth value that stands here, if one does, in quotes or not."""
        return {"true": True, "false": False}.get((self.text or "").lower())

    @property
    def line(self) -> int:
        """Where it stands, from 1; 0 for what is not there."""
        return self.node.mark.line + 1 if self.node else 0

    def leaves(self) -> Iterator[Part]:
        """Each scalar at or below this place, and each list or mapping that holds nothing."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            below = [*part.items, *(part.at(key) for key in part.keys)]
            if below:
                waiting += reversed(below)
            elif part.node:
                yield part

    def become(self, fate: Fate, seed: str = "", reason: str = "") -> None:
        """Write down what became of all that stands here, unless it has a fate already."""
        for leaf in self.leaves():
            holds = leaf.value is not None
            entry = Entry(leaf.path, leaf.line, leaf.value, fate, seed, reason)
            nothing = replace(entry, fate="empty", seed="", reason="")
            self.ledger.entries.setdefault(leaf.path, entry if holds else nothing)

    def keep(self, seed: str) -> str | None:
        """The scalar's text, which goes into the seed as it is."""
        if self.text is not None:
            self.become("kept", seed)
        return self.text


def _moved_up(seed: str, of: str, gone: int) -> str:
    """The path in a list whose entry number `gone` was taken out."""
    found = re.match(rf"{re.escape(of)}\[(\d+)\]", seed)
    if not found or int(found[1]) < gone:
        return seed
    return f"{of}[{int(found[1]) - 1}]{seed[found.end() :]}"


def _below(path: str, key: str) -> str:
    """The path of a key, which may hold anything."""
    if not re.fullmatch(r"[\w-]+", key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key
