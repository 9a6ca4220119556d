"""A seed as YAML text, with comments at its keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

from petal_constructs.seed import tree
from petal_constructs.seed.source import Source

_WIDTH: Final = 100
_NUMBER: Final = re.compile(r"[-+.0-9eE_:]*[0-9][-+.0-9eE_:]*")


class _Dumper(yaml.SafeDumper):
    """Lists of words on one line, and quotes around text that would not be read as it is."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """See yaml.emitter: entries of a list stand below their key."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """See yaml.representer: a seed is read by people."""
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # In double quotes line ends of all kinds are escaped, so that each key stays on a line.
    style = '"' if _NUMBER.fullmatch(text) or not text.isprintable() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _list(dumper: _Dumper, items: list[Any]) -> yaml.SequenceNode:
    nested = any(isinstance(item, dict | list) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=not nested)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)


def without_nothing(value: Any) -> Any:
    """The same without keys that hold nothing."""
    if isinstance(value, dict):
        kept = {key: without_nothing(below) for key, below in value.items()}
        return {key: below for key, below in kept.items() if below not in (None, {}, [])}
    if isinstance(value, list):
        return [without_nothing(item) for item in value]
    return value


def seed_text(seed: Mapping[str, Any], notes: Mapping[str, str] | None = None) -> str:
    """The seed as YAML, without its last line end.

    Args:
        seed: Its sections.
        notes: Path -> comment above it. Default: none.
    """
    sections = [_section(key, value) for key, value in seed.items()]
    text = "\n\n".join(sections)
    return _with_notes(text, notes) if notes else text


def _section(key: str, value: Any) -> str:
    dumped: str = yaml.dump(
        {key: value},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=_WIDTH,
    )
    return dumped.rstrip("\n")


def _with_notes(text: str, notes: Mapping[str, str]) -> str:
    lines = text.split("\n")
    above: dict[int, list[str]] = {}
    root = tree.parse(Source("", text)).root
    for path, note in notes.items():
        number = _line(root, path)
        if number is not None:
            above.setdefault(number, []).append(note)
    return "\n".join(
        "\n".join([*(f"{_indent(line)}# {note}" for note in above.get(number, ())), line])
        for number, line in enumerate(lines)
    )


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _line(root: tree.Node, path: str) -> int | None:
    """The line of a path, from 0; None where it is not in the seed."""
    node, line = root, 0
    for word, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        below = node.value
        if number and isinstance(below, list) and int(number) < len(below):
            node = below[int(number)]
            line = node.mark.line
        elif word and isinstance(below, dict) and word in below:
            line, node = below[word].mark.line, below[word].node
        else:
            return None
    return line
