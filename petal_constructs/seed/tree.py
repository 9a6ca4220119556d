"""YAML text -> a tree that knows where everything stands, in bounded time and memory.

Events of the parser are read one by one and the tree is built without recursion, so that neither deep
nesting nor aliases that multiply can cost more than the limits below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import yaml

from petal_constructs.errors import Problem
from petal_constructs.seed.source import Source

MAX_DEPTH: Final = 40
MAX_NODES: Final = 100_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mark(NamedTuple):
    """A position: line and column, both from 0."""

    line: int
    column: int


class YamlFloat(float):
    """A number that remembers how it was written, so that version 1.30 does not become 1.3."""

    text: str


@dataclass(slots=True)
class Node:
    """A scalar, list or mapping and where it stands."""

    mark: Mark
    value: Any = None
    size: int = 1
    """Nodes in it, aliases counted each time that they are used."""


@dataclass(slots=True)
class Entry:
    """A key of a mapping, where it stands, and what it holds."""

    mark: Mark
    node: Node


class Broken(Exception):  # noqa: N818 - control flow inside this package, never seen outside
    """The text is no readable tree; carries the one problem that says why."""

    def __init__(self, problem: Problem) -> None:
        """Keep the problem."""
        super().__init__(str(problem))
        self.problem = problem


@dataclass(slots=True)
class Tree:
    """The root of a document, and the problems that did not keep it from being read."""

    root: Node
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    node: Node
    anchor: str | None
    key: tuple[Mark, str] | None = None
    merges: list[Node] = field(default_factory=list)


class _Composer:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.stack: list[_Open] = []
        self.anchors: dict[str, Node | None] = {}
        self.root: Node | None = None
        self.documents = 0
        self.nodes = 0
        self.problems: list[Problem] = []

    def fail(self, code: str, mark: Mark, message: str, hint: str) -> Broken:
        return Broken(Problem(code, "", message, hint, place=self.source.place(mark)))

    def feed(self, event: Any) -> None:
        mark = Mark(event.start_mark.line, event.start_mark.column)
        match event:
            case yaml.DocumentStartEvent():
                self.document(mark)
            case yaml.ScalarEvent():
                self.no_tag(event, mark)
                self.add(Node(mark, _scalar(event)), event.anchor)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self.open(event, mark)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self.close()
            case yaml.AliasEvent():
                self.add(self.alias(event.anchor, mark), None)

    def document(self, mark: Mark) -> None:
        self.documents += 1
        if self.documents > 1:
            raise self.fail(
                "P005", mark, "a second document starts here", "keep one seed in a file; remove ---"
            )

    def no_tag(self, event: Any, mark: Mark) -> None:
        if event.tag is not None and event.tag != "!":
            raise self.fail(
                "P011",
                mark,
                f"the YAML tag {event.tag} is not read",
                "write the value without a tag",
            )

    def open(self, event: Any, mark: Mark) -> None:
        self.no_tag(event, mark)
        if len(self.stack) >= MAX_DEPTH:
            raise self.fail(
                "P007",
                mark,
                f"nested more than {MAX_DEPTH} deep",
                "a seed is at most 6 levels deep",
            )
        if self.stack and self._wants_key():
            raise self.fail("P011", mark, "a list or mapping cannot be a key", "use a plain word")
        empty: Any = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(Node(mark, empty), event.anchor))

    def close(self) -> None:
        done = self.stack.pop()
        for merged in done.merges:
            self.merge(done.node, merged)
        self.add(done.node, done.anchor)

    def alias(self, name: str, mark: Mark) -> Node:
        node = self.anchors.get(name)
        if node is None:
            state = "is used inside itself" if name in self.anchors else "is not defined"
            raise self.fail(
                "P011", mark, f"alias *{name} {state}", f"define it before, with &{name}"
            )
        return Node(mark, node.value, node.size)

    def add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = node
        self.nodes += 1
        parent = self.stack[-1] if self.stack else None
        if max(self.nodes, node.size) > MAX_NODES:
            raise self.fail(
                "P008",
                node.mark,
                f"more than {MAX_NODES:,} values",
                "look for aliases that multiply",
            )
        if parent is None:
            self.root = node
        elif isinstance(parent.node.value, list):
            parent.node.value.append(node)
            parent.node.size += node.size
        elif self._wants_key():
            parent.key = (node.mark, _key_text(node.value))
        else:
            self.entry(parent, node)

    def entry(self, parent: _Open, node: Node) -> None:
        mark, key = parent.key or (node.mark, "")
        parent.key = None
        parent.node.size += node.size + 1
        if key == "<<":
            parent.merges += node.value if isinstance(node.value, list) else [node]
        elif key in parent.node.value:
            first = parent.node.value[key].mark.line + 1
            self.problems.append(
                Problem(
                    "P009",
                    "",
                    f"key '{key}' stands here a second time; the first is on line {first}",
                    "remove one of the two",
                    place=self.source.place(mark),
                )
            )
        else:
            parent.node.value[key] = Entry(mark, node)

    def merge(self, into: Node, merged: Node) -> None:
        if not isinstance(merged.value, dict):
            raise self.fail("P011", merged.mark, "<< wants a mapping", "write <<: *name")
        for key, entry in merged.value.items():
            into.value.setdefault(key, entry)

    def _wants_key(self) -> bool:
        parent = self.stack[-1]
        return isinstance(parent.node.value, dict) and parent.key is None


def parse(source: Source) -> Tree:
    """Read one YAML document.

    Raises:
        Broken: The text is no YAML, holds no or several documents, or goes beyond a limit.
    """
    composer = _Composer(source)
    loader = _LOADER(source.text)
    try:
        while loader.check_event():
            composer.feed(loader.get_event())
    except yaml.MarkedYAMLError as error:
        raise Broken(_syntax_problem(source, error)) from error
    except yaml.YAMLError as error:
        problem = Problem("P001", "", "this is not YAML text", "look for control characters")
        raise Broken(problem) from error
    finally:
        loader.dispose()
    if composer.root is None:
        raise Broken(source.empty())
    return Tree(composer.root, composer.problems)


def _syntax_problem(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    at = error.problem_mark or error.context_mark
    mark = Mark(at.line, at.column) if at else Mark(0, 0)
    place = source.place(mark)
    if "\t" in place.text[: len(place.text) - len(place.text.lstrip())]:
        return Problem(
            "P010", "", "a tab stands where YAML wants spaces", "indent with spaces", place=place
        )
    what = " ".join(str(part) for part in (error.context, error.problem) if part)
    return Problem(
        "P001",
        "",
        f"this is not YAML: {what.lower()}",
        "look at the indentation, quotes, brackets and colons just before this place",
        place=place,
    )


_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+)$")
_WORDS: Final[dict[str, object]] = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_LONGEST_NUMBER: Final = 30


def _scalar(event: yaml.ScalarEvent) -> object:
    """Value of a scalar: true and false also by their YAML 1.1 names, but no octal or clock numbers."""
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _LONGEST_NUMBER and _INT.match(text):
        return int(text)
    if len(text) <= _LONGEST_NUMBER and _FLOAT.match(text):
        number = YamlFloat(text)
        number.text = text
        return number
    return text


def _key_text(value: object) -> str:
    return value if isinstance(value, str) else str(getattr(value, "text", value)).lower()


def plain(node: Node) -> Any:
    """The tree as dicts, tuples and scalars, without keys that hold nothing.

    Its depth and size are bounded by `parse`.
    """
    if isinstance(node.value, dict):
        entries = node.value.items()
        return {key: plain(entry.node) for key, entry in entries if entry.node.value is not None}
    if isinstance(node.value, list):
        return tuple(plain(item) for item in node.value)
    return node.value
