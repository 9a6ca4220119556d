"""Where each part of a YAML text begins and ends, so that it can be changed and all else kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import yaml

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PROPERTIES: Final = re.compile(r"(?:[&!]\S*\s+)+")
_PLAIN_IN_FLOW: Final = re.compile(r"[\w./@+^%~=:-][\w./@+^%~= -]*")
"""Text that stands without quotes between brackets as it does outside."""


@dataclass(slots=True)
class Node:
    """A value as it is written. Offsets count characters."""

    start: int
    """First character, behind its anchor."""
    end: int
    """Behind its last character; comments and blanks behind it do not count."""
    column: int
    style: Literal["block", "flow", "scalar", "alias"]
    value: str = ""
    """Of a scalar its text, of an alias the anchor's name."""
    quoted: bool = False
    anchor: str | None = None
    outer: int = 0
    """First character of its anchor, if it has one, else `start`."""
    entries: dict[str, Entry] | None = None
    """Of a mapping."""
    items: list[Node] | None = None
    """Of a list."""

    def below(self) -> Iterator[Node]:
        """This and all nodes in it."""
        yield self
        for entry in (self.entries or {}).values():
            yield from entry.value.below()
        for item in self.items or ():
            yield from item.below()


@dataclass(slots=True)
class Entry:
    """A key of a mapping and its value."""

    key: Node
    value: Node


@dataclass(slots=True)
class _Reader:
    text: str
    events: Iterator[Any]
    anchors: dict[str, Node] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)

    def node(self, event: Any) -> Node:
        outer, end = event.start_mark.index, event.end_mark.index
        if type(event) is yaml.AliasEvent:
            return Node(
                outer, end, _column(self.text, outer), "alias", event.anchor or "", outer=outer
            )
        start = self._behind_properties(outer, event)
        node = Node(start, start, _column(self.text, start), "scalar", outer=outer)
        node.anchor = event.anchor
        if event.anchor:
            if event.anchor in self.anchors:
                self.repeated.add(event.anchor)
            self.anchors[event.anchor] = node
        if type(event) is yaml.ScalarEvent:
            node.value, node.quoted = event.value, event.style not in {None, ""}
            node.end = max(start, self._trimmed(end))
        elif isinstance(event, yaml.SequenceStartEvent):
            self._list(node, event)
        else:
            self._mapping(node, event)
        return node

    def _behind_properties(self, outer: int, event: Any) -> int:
        if event.anchor is None and event.tag is None:
            return outer
        found = _PROPERTIES.match(self.text, outer)
        return found.end() if found else event.end_mark.index

    def _list(self, node: Node, event: Any) -> None:
        node.items = []
        node.style = "flow" if event.flow_style else "block"
        while not isinstance(following := next(self.events), yaml.SequenceEndEvent):
            node.items.append(self.node(following))
        self._close(node, following)

    def _mapping(self, node: Node, event: Any) -> None:
        node.entries = {}
        node.style = "flow" if event.flow_style else "block"
        while not isinstance(following := next(self.events), yaml.MappingEndEvent):
            key = self.node(following)
            node.entries[key.value] = Entry(key, self.node(next(self.events)))
        self._close(node, following)

    def _close(self, node: Node, event: Any) -> None:
        if node.style == "flow":
            node.end = event.end_mark.index
            return
        if node.entries:  # comments may stand between an anchor and the first key
            first = next(iter(node.entries.values())).key
            node.start, node.column = first.outer, _column(self.text, first.outer)
        last = [item.end for item in node.items or ()]
        last += [max(e.key.end + 1, e.value.end) for e in (node.entries or {}).values()]
        node.end = max([node.start, *last])

    def _trimmed(self, end: int) -> int:
        return len(self.text[:end].rstrip()) if self.text[end - 1 : end].isspace() else end


def _column(text: str, offset: int) -> int:
    return offset - line_start(text, offset)


def line_start(text: str, offset: int) -> int:
    """Offset of the first character of a line."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def line_end(text: str, offset: int) -> int:
    """Offset behind the line end; the text has one at its end."""
    found = re.compile(r"\r\n|\n|\r").search(text, offset)
    return found.end() if found else len(text)


@dataclass(frozen=True, slots=True)
class Document:
    """The spans of a text."""

    root: Node
    anchors: dict[str, Node]
    """The node of each name."""
    repeated: set[str]
    """Names of more than one node, each of which holds from there on."""


def read(text: str) -> Document:
    """The spans of the only document of a text.

    Raises:
        yaml.YAMLError: It is no YAML.
    """
    events = iter(yaml.parse(text, Loader=_LOADER))
    reader = _Reader(text, events)
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            return Document(reader.node(next(events)), reader.anchors, reader.repeated)
    raise yaml.YAMLError("no document")


def flow_text(node: Node, document: Document) -> str:
    """The value on one line, without anchors and comments, aliases written out."""
    if node.style == "alias":
        return flow_text(document.anchors[node.value], document)
    if node.items is not None:
        return "[" + ", ".join(flow_text(item, document) for item in node.items) + "]"
    if node.entries is not None:
        pairs = (f"{e.key.value}: {flow_text(e.value, document)}" for e in node.entries.values())
        return "{" + ", ".join(pairs) + "}"
    if not node.quoted and (not node.value or _PLAIN_IN_FLOW.fullmatch(node.value)):
        return node.value
    return json.dumps(node.value, ensure_ascii=False)
