"""A seed's text, changed in single places: every other byte stays as it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from petal_constructs.convert import spans
from petal_constructs.convert.spans import Document, Entry, Node, line_end, line_start
from petal_constructs.errors import UsageError

Path = tuple[str | int, ...]
_COMMENT: Final = re.compile(r"[ \t]*#")
_BLANK: Final = re.compile(r"[ \t]*$")


@dataclass(frozen=True)
class Text:
    """The text of a seed that petal can read; it ends with a line end."""

    text: str
    newline: str = "\n"
    file: str = ""
    """What messages call it by."""
    came: tuple[int, int, int, str] | None = field(default=None, compare=False, repr=False)
    """Identity of the text that it was made from by one replacement: its start, end and text."""

    @cached_property
    def document(self) -> Document:
        """Where its parts stand."""
        return spans.read(self.text)

    @cached_property
    def _aliases(self) -> frozenset[str | None]:
        """Anchors that are used."""
        nodes = self.document.root.below()
        return frozenset(node.value for node in nodes if node.style == "alias")

    def entry(self, *path: str | int) -> Entry | None:
        """What is written at a path; None where nothing is, or by way of an alias alone."""
        *above, key = path
        home = self.node(*above)
        if home is None or home.entries is None or not isinstance(key, str):
            return None
        return home.entries.get(key)

    def node(self, *path: str | int) -> Node | None:
        """The value at a path."""
        node: Node | None = self.document.root
        for part in path:
            if node is None:
                return None
            if isinstance(part, int):
                node = node.items[part] if node.items and part < len(node.items) else None
            else:
                found = (node.entries or {}).get(part)
                node = found.value if found else None
        return node

    def replaced(self, start: int, end: int, new: str) -> Text:
        """Another text between two offsets."""
        text = self.text[:start] + new + self.text[end:]
        return Text(text, self.newline, self.file, (id(self), start, end, new))

    def together(self, changes: Iterable[Callable[[Text], Text]]) -> Text:
        """Changes of different places, found in one reading where each replaces one span.

        Those that take more steps follow one by one: no change may move what another one names.
        """
        spans_of: list[tuple[int, int, str]] = []
        later = []
        for change in changes:
            after = change(self)
            if after.came is not None and after.came[0] == id(self):
                spans_of.append(after.came[1:])
            elif after is not self:
                later.append(change)
        text = self.text
        for start, end, new in sorted(spans_of, reverse=True):
            text = text[:start] + new + text[end:]
        result = Text(text, self.newline, self.file)
        for change in later:
            result = change(result)
        return result

    def at(self, *path: str | int) -> Entry:
        """What is written at a path that the seed has.

        Raises:
            UsageError: It is there by way of an alias or a merged mapping alone.
        """
        entry = self.entry(*path)
        if entry is None:
            where = "".join(f".{part}" for part in path).lstrip(".")
            raise UsageError(
                f"{self.file}: {where} comes from an alias, so that it cannot be changed alone\n"
                f"hint: write {where}: in its own place"
            )
        return entry

    def renamed(self, path: Path, key: str) -> Text:
        """Another name for a key."""
        entry = self.entry(*path)
        if entry is None:
            return self
        return self.replaced(entry.key.start, entry.key.end, self._quoted_as(entry.key, key))

    def with_value(self, path: Path, value: str) -> Text:
        """Another scalar at a path, in the quotes of the old one; where none is, a new entry."""
        node = self.node(*path)
        if node is None:
            return self.with_entry(path[:-1], str(path[-1]), value)
        if node.start == node.end:
            return self.replaced(node.start, node.end, f" {value}")
        # Aliases of it keep what it was.
        start = node.outer if node.anchor in self._aliases else node.start
        return self.mended(self.replaced(start, node.end, self._quoted_as(node, value)))

    def _quoted_as(self, node: Node, value: str) -> str:
        quote = self.text[node.start]
        return f"{quote}{value}{quote}" if node.quoted and quote in "\"'" else value

    def with_entry(self, path: Path, key: str, value: str, *, first: bool = False) -> Text:
        """One more entry of the mapping at a path, on a line of its own where others are."""
        text = self.written_out(path)
        home = text.node(*path)
        if home is None or not home.entries:
            return self
        known = next(iter(home.entries.values()))
        new = self._pair(known, key, value)
        if home.style == "flow":
            at = known.key.start if first else max(e.value.end for e in home.entries.values())
            return text.replaced(at, at, f"{new}, " if first else f", {new}")
        indent = " " * known.key.column
        last = [*home.entries.values()][-1]
        at = text._top(path, known) if first else text.lines(last)[1]  # noqa: SLF001  # its own
        return text.replaced(at, at, f"{indent}{new}{self.newline}")

    def _pair(self, known: Entry, key: str, value: str) -> str:
        if self.text[known.key.start] == '"':
            return f"{json.dumps(key)}: {json.dumps(value)}"
        return f"{key}: {value}"

    def _top(self, path: Path, known: Entry) -> int:
        """Where the lines of a block mapping begin: below the line of its own key."""
        own = self.entry(*path)
        return line_end(self.text, own.key.end) if own else line_start(self.text, known.key.start)

    def written_out(self, path: Path) -> Text:
        """The same with the value at a path in place of an alias of it."""
        text = self
        for depth in range(1, len(path) + 1):
            node = text.node(*path[:depth])
            if node is not None and node.style == "alias":
                new = spans.flow_text(node, text.document)
                text = text.replaced(node.start, node.end, new)
        return text

    def lines(self, entry: Entry) -> tuple[int, int]:
        """The whole lines of an entry of a block, with comments behind it that are its own."""
        start = line_start(self.text, entry.key.start)
        end = line_end(self.text, max(entry.key.end, entry.value.end))
        return start, self._with_own_comments(end, entry.key.column)

    def item_lines(self, item: Node) -> tuple[int, int]:
        """The whole lines of an item of a list, as `lines`."""
        dash = self.text.rfind("-", 0, item.outer)
        start = line_start(self.text, dash)
        end = line_end(self.text, max(dash + 1, item.end))
        return start, self._with_own_comments(end, dash - start)

    def _with_own_comments(self, end: int, column: int) -> int:
        at = end
        while at < len(self.text):
            following = line_end(self.text, at)
            line = self.text[at:following].rstrip("\r\n")
            if _COMMENT.match(line) and len(line) - len(line.lstrip()) > column:
                end = following
            elif not _BLANK.match(line):
                break
            at = following
        return end

    def comments_above(self, start: int) -> int:
        """Where the comment begins that stands right above a line, in the same column."""
        column = len(self.text[start:]) - len(self.text[start:].lstrip(" "))
        while start:
            above = line_start(self.text, start - 2 if self._crlf(start) else start - 1)
            line = self.text[above:start].rstrip("\r\n")
            if not _COMMENT.match(line) or len(line) - len(line.lstrip()) != column:
                break
            start = above
        return start

    def _crlf(self, start: int) -> bool:
        return self.text[start - 2 : start] == "\r\n"

    def without(self, start: int, end: int) -> Text:
        """Nothing between two offsets; aliases of what stood there are written out."""
        return self.mended(self.replaced(start, end, ""))

    def mended(self, after: Text) -> Text:
        """Another version of this text, in which no alias lost its anchor."""
        if not self.document.anchors:
            return after
        while (lost := next(_undefined(after.document.root), None)) is not None:
            anchored = self.document.anchors[lost.value]
            new = f"&{lost.value} {spans.flow_text(anchored, self.document)}"
            after = after.replaced(lost.start, lost.end, new)
        return after

    def without_entry(self, *path: str | int, comments: bool = True) -> Text:
        """The text without an entry, and without the comment right above it."""
        entry, home = self.entry(*path), self.node(*path[:-1])
        if entry is None or home is None or home.entries is None:
            return self
        if home.style == "flow":
            spots = [(e.key.outer, e.value.end) for e in home.entries.values()]
            return self.without(*_with_comma(spots, [*home.entries].index(str(path[-1]))))
        start, end = self.lines(entry)
        start = self.comments_above(start) if comments else start
        if [*home.entries].index(str(path[-1])) == len(home.entries) - 1:
            start = self._blanks_above(start)
        return self.without(start, end)

    def _blanks_above(self, start: int) -> int:
        """Where empty lines begin that would stand behind a section when its last line is gone."""
        kept = len(self.text[:start].rstrip())
        return line_end(self.text, kept) if kept else start

    def without_item(self, path: Path, index: int, last: int | None = None) -> Text:
        """The text without an item of a list, or all up to a last one; without a list of none."""
        last = index if last is None else last
        text = self.written_out(path)
        home = text.node(*path)
        if home is None or not home.items or last >= len(home.items):
            return self
        if len(home.items) == last - index + 1:
            return text.without_entry(*path)
        if home.style == "flow":
            spots = [(item.outer, item.end) for item in home.items]
            return text.without(*_with_comma(spots, index, last))
        start, _ = text.item_lines(home.items[index])
        return text.without(text.comments_above(start), text.item_lines(home.items[last])[1])

    def with_items(self, path: Path, new: list[str]) -> Text:
        """More items at the end of a list, each a scalar."""
        text = self.written_out(path)
        home = text.node(*path)
        present = {item.value for item in home.items or ()} if home else set()
        new = [value for value in new if value not in present]  # two lists may share an anchor
        if home is None or not home.items or not new:
            return self
        if home.style == "flow":
            quote = '"' if self.text[home.items[0].start : home.items[0].start + 1] == '"' else ""
            more = "".join(f", {quote}{value}{quote}" for value in new)
            return text.replaced(home.items[-1].end, home.items[-1].end, more)
        start, end = text.item_lines(home.items[-1])
        indent = text.text[start : text.text.index("-", start)]
        return text.replaced(end, end, "".join(f"{indent}- {v}{self.newline}" for v in new))


def _undefined(root: Node) -> Iterator[Node]:
    """Aliases without an anchor before them, in the order of the text."""
    known: set[str] = set()
    for node in root.below():
        if node.anchor:
            known.add(node.anchor)
        if node.style == "alias" and node.value not in known:
            yield node


def _with_comma(
    spots: list[tuple[int, int]], index: int, last: int | None = None
) -> tuple[int, int]:
    """The span of some of several between brackets, with the comma that goes with them."""
    last = index if last is None else last
    if index:
        return spots[index - 1][1], spots[last][1]
    return spots[0][0], spots[last + 1][0] if len(spots) > last + 1 else spots[last][1]


def shifted(text: str, by: int) -> str:
    """Lines, all but the first and empty ones so much more to the right; or to the left."""
    first, *others = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    return first + "".join(_shifted_line(line, by) for line in others)


def _shifted_line(line: str, by: int) -> str:
    if not line.strip():
        return line
    if by >= 0:
        return " " * by + line
    blanks = len(line) - len(line.lstrip(" "))
    return line[min(-by, blanks) :]
