"""Packages that are installed to an image that is built of them, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

from petal_constructs.convert.report import Rows
from petal_constructs.convert.spans import flow_text
from petal_constructs.convert.text import Path, Text, shifted
from petal_constructs.seed.model import Seed
from petal_constructs.seed.software import Container

CONTAINERS: Final[Path] = ("software", "containers")
PACKAGES: Final[Path] = ("software", "spack_packages")
NAME: Final = "software"
"""Of the image that petal builds of a seed's packages where none is named."""
_COMMENT: Final = re.compile(r"(?:^|(?<=[ \t]))#.*", re.MULTILINE)


def to_containers(text: Text, seed: Seed, rows: Rows) -> Text:
    """`spack_packages` becomes a container."""
    packages = seed.software.spack_packages
    if not packages:
        return text
    taken = {container.name for container in seed.software.containers}
    name = next(n for n in _names() if n not in taken)
    what = f"is the container {name} now"
    rows.add("changed", "software.spack_packages", what, "petal build-container builds it")
    text = text.written_out(PACKAGES)
    if not seed.software.containers:
        return _only(text, name)
    entry = text.at(*PACKAGES)
    inside = text.at(*PACKAGES[:-1]).value.style == "flow"
    span = (entry.key.start, entry.value.end) if inside else text.lines(entry)
    _tell_comments(text, "software.spack_packages", span, rows)
    return _another(text, name)


def _tell_comments(text: Text, where: str, span: tuple[int, int], rows: Rows) -> None:
    """Comments that no line of the result has."""
    start, end = text.comments_above(span[0]), span[1]
    body = text.text[start:end]
    for node in text.document.root.below():
        if node.quoted and start <= node.start < end:
            body = body.replace(text.text[node.start : node.end], "")
    if found := _COMMENT.findall(body):
        rows.add("lost", where, f"comments: {' '.join(map(str.strip, found))}")


def _names() -> Iterable[str]:
    yield NAME
    yield from (f"{NAME}-{number}" for number in range(2, 1000))


def _only(text: Text, name: str) -> Text:
    entry, home = text.at(*PACKAGES), text.at(*PACKAGES[:-1])
    if home.value.style == "flow":
        words = ("containers", "name", name, "packages")
        quote = text.text[entry.key.start] == '"'
        key, first, value, second = map(json.dumps, words) if quote else words
        body = text.text[entry.key.end : entry.value.end]
        new = f"{key}: [{{{first}: {value}, {second}{body}}}]"
        return text.replaced(entry.key.start, entry.value.end, new)
    start, end = text.lines(entry)
    indent = " " * entry.key.column
    body = shifted(text.text[entry.key.end : end], 4)
    lines = (f"{indent}containers:", f"{indent}  - name: {name}", f"{indent}    packages{body}")
    return text.replaced(start, end, text.newline.join(lines))


def _another(text: Text, name: str) -> Text:
    """One more item of a list that is there."""
    text = text.written_out(CONTAINERS)
    packages = flow_text(text.at(*PACKAGES).value, text.document)
    item = f"{{name: {name}, packages: {packages}}}"
    return text.with_items(CONTAINERS, [item]).without_entry(*PACKAGES)


def to_packages(text: Text, seed: Seed, rows: Rows) -> Text:
    """Packages of containers without an image become `spack_packages`."""
    containers = list(enumerate(seed.software.containers))
    for index, container in containers:
        if container.image and not container.packages:
            what = f"{container.name} is an image, whose packages the seed does not say"
            hint = "petal extract-software --from IMAGE reads them"
            rows.add("note", f"software.containers[{index}]", what, hint)
        elif container.image:
            what = f"{container.name} has an image, which stays"
            rows.add("note", f"software.containers[{index}]", what)
    built = [(i, c) for i, c in containers if c.packages and not c.image]
    if not built:
        return text
    text = text.written_out(CONTAINERS)
    if len(containers) == 1 and not seed.software.spack_packages and _is_plain(text):
        text = _only_back(text, seed, rows)
    else:
        text = _together(text, seed, rows)
    return _unnamed(text, seed, {c.name for _, c in built}, rows)


def _is_plain(text: Text) -> bool:
    """A name and its packages alone."""
    item = text.node(*CONTAINERS, 0)
    return item is not None and {*(item.entries or {})} == {"name", "packages"}


def _only_back(text: Text, seed: Seed, rows: Rows) -> Text:
    entry, packages = text.at(*CONTAINERS), text.at(*CONTAINERS, 0, "packages")
    name = seed.software.containers[0].name
    rows.add("changed", "software.containers[0]", f"{name} is software.spack_packages now")
    key = text.text[entry.key.start : entry.key.end].replace("containers", "spack_packages")
    home = text.node("software")
    if entry.value.style == "flow" or (home and home.style == "flow"):
        body = text.text[packages.key.end : packages.value.end]
        return text.mended(text.replaced(entry.key.start, entry.value.end, key + body))
    start, end = text.lines(entry)
    by = entry.key.column - packages.key.column
    body = shifted(text.text[packages.key.end : end], by)
    return text.mended(text.replaced(start, end, " " * entry.key.column + key + body))


def _together(text: Text, seed: Seed, rows: Rows) -> Text:
    """Packages of several containers in one list, each once."""
    listed = seed.software.spack_packages
    specs: dict[str, str] = {_module(spec): spec for spec in listed}
    for index, container in enumerate(seed.software.containers):
        if container.packages and not container.image:
            for spec in container.packages:
                specs.setdefault(_module(spec), spec)
            _tell_parts(text, index, container, rows)
    for index, container in reversed([*enumerate(seed.software.containers)]):
        if container.packages and not container.image:
            text = text.without_item(CONTAINERS, index)
    quoted = [_quoted(spec) for spec in specs.values() if spec not in listed]
    return text.with_items(PACKAGES, quoted) if listed else _with_list(text, quoted)


def _tell_parts(text: Text, index: int, container: Container, rows: Rows) -> None:
    """What becomes of a container whose packages go into the list."""
    where, home = f"software.containers[{index}]", text.at(*CONTAINERS).value
    item = (home.items or [])[index]
    span = (item.outer, item.end) if home.style == "flow" else text.item_lines(item)
    _tell_comments(text, where, span, rows)
    rows.add("changed", where, f"{container.name} is part of software.spack_packages now")
    gone = [key for key in ("entrypoint", "modules") if getattr(container, key)]
    if gone:
        rows.add("lost", where, f"its {' and '.join(gone)}")


def _with_list(text: Text, specs: list[str]) -> Text:
    value = f"[{', '.join(specs)}]"
    if text.entry("software") is not None and text.node("software", "containers") is None:
        home = text.node("software")
        if home is not None and not home.entries:
            new = f" {{spack_packages: {value}}}"
            return text.replaced(home.start, home.end, new)
    if text.entry("software") is None:
        return text.with_entry((), "software", f"{{spack_packages: {value}}}")
    return text.with_entry(("software",), "spack_packages", value)


def _quoted(spec: str) -> str:
    return spec if re.fullmatch(r"[\w.@=+-]+( [\w.@=+^~-]+)*", spec) else f'"{spec}"'


def _module(spec: str) -> str:
    return re.split("[%+~^ /]", spec, maxsplit=1)[0].replace("@=", "@")


def _unnamed(text: Text, seed: Seed, gone: set[str], rows: Rows) -> Text:
    """Queues name containers that there are."""
    for path, part in seed.placed_parts:
        for index, queue in enumerate(part.queues):
            at: Path = (*path.split("."), "queues", index, "containers")
            for position in reversed(range(len(queue.containers))):
                name = queue.containers[position]
                if name.split(":")[0].split("@")[0] in gone:
                    text = text.without_item(at, position)
                    where = f"{path}.queues[{index}].containers"
                    rows.add("changed", where, f"without {name}: its packages are modules now")
    return text
