"""YAML text -> a tree that knows where everything stands, in bounded time and memory.

Events of the parser are read one by one and the tree is built without recursion, so that neither
deep nesting nor aliases that multiply can cost more than the limits below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from petal_constructs.errors import Problem
from petal_constructs.seed.source import Mark, Source
from petal_constructs.seed.syntax import syntax_problem
from petal_constructs.seed.words import word

MAX_DEPTH: Final = 40
MAX_NODES: Final = 100_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    height: int = 0
    """Levels of lists and mappings below it."""


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

    def problem(self, code: str, mark: Mark, message: str, hint: str) -> Problem:
        return Problem(code, "", message, hint, place=self.source.place(mark))

    def fail(self, code: str, mark: Mark, message: str, hint: str) -> Broken:
        return Broken(self.problem(code, mark, message, hint))

    def feed(self, event: Any) -> None:
        mark = Mark(event.start_mark.line, event.start_mark.column)
        match event:
            case yaml.DocumentStartEvent():
                self.document(mark)
            case yaml.ScalarEvent():
                self.no_tag(event, mark)
                value = event.value if self._wants_key() else _scalar(event)
                self.add(Node(mark, value), event.anchor)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self.open(event, mark)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self.close()
            case yaml.AliasEvent():
                self.add(self.alias(event.anchor or "", mark), None)
            case _:
                pass

    def document(self, mark: Mark) -> None:
        self.documents += 1
        if self.documents > 1:
            raise self.fail(
                "P005",
                mark,
                "a second document starts here",
                "keep one seed in a file, and remove this line if it is one seed",
            )

    def no_tag(self, event: Any, mark: Mark) -> None:
        if event.tag is not None and event.tag != "!":
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            message = f"a seed holds no YAML tags such as {word(tag)}"
            self.problems.append(self.problem("P011", mark, message, "write the value alone"))

    def open(self, event: Any, mark: Mark) -> None:
        self.no_tag(event, mark)
        self.not_too_deep(len(self.stack) + 1, mark)
        if self._wants_key():
            raise self.fail("P011", mark, "a list or mapping cannot be a key", "use a plain word")
        empty: Any = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(Node(mark, empty), event.anchor))

    def not_too_deep(self, depth: int, mark: Mark) -> None:
        if depth > MAX_DEPTH:
            raise self.fail(
                "P007",
                mark,
                f"nested more than {MAX_DEPTH} levels deep",
                "a seed is at most 6 levels deep; look for brackets that are not closed",
            )

    def close(self) -> None:
        done = self.stack.pop()
        for merged in done.merges:
            self.merge(done.node, merged)
        self.add(done.node, done.anchor)

    def alias(self, name: str, mark: Mark) -> Node:
        node = self.anchors.get(name)
        if node is None:
            inside = name in self.anchors
            state = "is used inside itself" if inside else "is not defined above"
            hint = "write the value out" if inside else f"define it above, with &{word(name)}"
            raise self.fail("P011", mark, f"the alias *{word(name)} {state}", hint)
        self.nodes += node.size - 1
        self.not_too_deep(len(self.stack) + node.height, mark)
        return Node(mark, node.value, node.size, node.height)

    def add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = node
        self.nodes += 1
        parent = self.stack[-1] if self.stack else None
        if self.nodes > MAX_NODES:
            raise self.fail(
                "P008",
                node.mark,
                f"more than {MAX_NODES:,} values",
                "look for aliases that multiply",
            )
        if parent is None:
            self.root = node
            return
        parent.node.size += node.size
        parent.node.height = max(parent.node.height, node.height + 1)
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif parent.key is not None:
            self.entry(parent, *parent.key, node)
        elif isinstance(node.value, dict | list):
            message = "a list or mapping cannot be a key"
            raise self.fail("P011", node.mark, message, "use a plain word")
        else:
            parent.key = (node.mark, str(node.value))

    def entry(self, parent: _Open, mark: Mark, key: str, node: Node) -> None:
        parent.key = None
        if key == "<<":
            parent.merges += node.value if isinstance(node.value, list) else [node]
        elif key in parent.node.value:
            first = parent.node.value[key].mark.line + 1
            message = f"the key {word(key)} stands here again; the first is on line {first}"
            self.problems.append(self.problem("P009", mark, message, "remove one of the two"))
        else:
            parent.node.value[key] = Entry(mark, node)

    def merge(self, into: Node, merged: Node) -> None:
        if not isinstance(merged.value, dict):
            message = "<< takes keys over from a mapping, and this is none"
            raise self.fail("P011", merged.mark, message, "write <<: *name")
        for key, entry in merged.value.items():
            into.value.setdefault(key, entry)

    def _wants_key(self) -> bool:
        parent = self.stack[-1] if self.stack else None
        return parent is not None and isinstance(parent.node.value, dict) and parent.key is None


_NO_INDENT: Final = re.compile("^ *(?P<space>[\u00a0\u2000-\u200a\u202f\u3000])", re.MULTILINE)
"""Spaces that look like indentation and are letters for YAML."""


def _no_indent(source: Source, found: re.Match[str]) -> Problem:
    line = source.text.count("\n", 0, found.start())
    place = source.place(Mark(line, found.start("space") - found.start()))
    message = f"U+{ord(found['space']):04X} stands where YAML wants plain spaces"
    return Problem("P010", "", message, "indent with spaces: type them anew", place=place)


def parse(source: Source) -> Tree:
    """Read one YAML document.

    Raises:
        Broken: The text is no YAML, holds no or several documents, or goes beyond a limit.
    """
    strange = _NO_INDENT.search(source.text)
    if strange:
        raise Broken(_no_indent(source, strange))
    composer = _Composer(source)
    loader = _LOADER(source.text)
    try:
        while loader.check_event():
            composer.feed(loader.get_event())
    except yaml.MarkedYAMLError as error:
        raise Broken(syntax_problem(source, error)) from error
    finally:
        loader.dispose()
    if composer.root is None:
        raise Broken(source.empty())
    return Tree(composer.root, composer.problems)


_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+)$")
_WORDS: Final[dict[str, object]] = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_LONGEST_NUMBER: Final = 30


def _scalar(event: yaml.ScalarEvent) -> object:
    """Value of a scalar: YAML 1.1's names of true and false, but not its octals and clock times."""
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
