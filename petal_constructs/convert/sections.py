"""`compute` to the side of a hybrid seed, and back: the same lines, moved to the right or left."""

from __future__ import annotations

import json
import re

from petal_constructs.convert.spans import Entry, Node, line_end
from petal_constructs.convert.text import Text, shifted


def with_sides(text: Text, own: str, other: str) -> Text:
    """`compute` becomes `platforms` with two sides of the same content.

    Args:
        text: The seed.
        own: Name of the side that keeps what is written, and its anchors.
        other: Name of the side that gets a copy.
    """
    text = text.written_out(("compute",))
    entry = text.at("compute")
    if text.document.root.style == "flow":
        return _flow_sides(text, entry, own, other)
    end = text.lines(entry)[1]
    column = entry.key.column
    step = entry.value.column - column if entry.value.style == "block" else 2
    indent = " " * (column + step)
    first = f"{text.text[entry.key.end : end]}"
    copy = _copy(text, entry, end)
    head = text.text[entry.key.start : entry.key.end].replace("compute", "platforms")
    sides = (f"{indent}{name}{shifted(body, step)}" for name, body in ((own, first), (other, copy)))
    new = f"{head}:{text.newline}{''.join(sides)}"
    return text.replaced(entry.key.start, end, new)


def _flow_sides(text: Text, entry: Entry, own: str, other: str) -> Text:
    key = text.text[entry.key.start : entry.key.end]
    end = entry.value.end
    names = (json.dumps(name) if key.startswith('"') else name for name in (own, other))
    bodies = (text.text[entry.key.end : end], _copy(text, entry, end))
    sides = ", ".join(f"{name}{body}" for name, body in zip(names, bodies, strict=True))
    head = key.replace("compute", "platforms")
    return text.replaced(entry.key.start, end, f"{head}: {{{sides}}}")


def _copy(text: Text, entry: Entry, end: int) -> str:
    """What stands behind the key, without anchors, which nothing may have twice."""
    start = entry.key.end
    body = text.text[start:end]
    anchored = [node for node in entry.value.below() if node.anchor]
    for node in sorted(anchored, key=lambda node: -node.outer):
        before, bare = body[: node.outer - start], _bare(text, node)
        if bare.startswith(("\n", "\r")):
            before = before.rstrip(" \t")
        body = before + bare + body[node.start - start :]
    return body


def _bare(text: Text, node: Node) -> str:
    """Between the beginning of an anchor and its value, without the anchor."""
    between = text.text[node.outer : node.start]
    return re.sub(r"&\S+[ \t]*", "", between, count=1)


def with_one_side(text: Text, kept: str) -> Text:
    """`platforms` becomes `compute` with the content of one side."""
    text = text.written_out(("platforms",))
    entry, side = text.at("platforms"), text.at("platforms", kept)
    key = text.text[entry.key.start : entry.key.end].replace("platforms", "compute")
    if entry.value.style == "flow":
        new = key + text.text[side.key.end : side.value.end]
        return text.mended(text.replaced(entry.key.start, entry.value.end, new))
    start, end = text.lines(entry)
    side_start, side_end = text.lines(side)
    by = entry.key.column - side.key.column
    body = shifted(text.text[side.key.end : side_end], by)
    new = f"{_comments(text, entry, side_start, by)}{' ' * entry.key.column}{key}{body}"
    return text.mended(text.replaced(start, end, new))


def _comments(text: Text, entry: Entry, start: int, by: int) -> str:
    """What is said above the side that stays, and beside the key of both."""
    line = line_end(text.text, entry.key.end)
    beside = re.search(r"#.*", text.text[entry.key.end : line].rstrip("\r\n"))
    own = " " * entry.key.column + beside[0] + text.newline if beside else ""
    above = text.comments_above(start)
    first = text.text[line:start].strip() and not _keys(text.text[line:start])
    above = line if first else above
    return own + shifted(f"\n{text.text[above:start]}", by)[1:]


def _keys(lines: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines.splitlines())
