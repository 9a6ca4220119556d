"""A seed for one platform -> the same for another, and what that changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from pydantic import ValidationError
from yaml import YAMLError

from petal_constructs.convert.header import Memory, Side, header, split
from petal_constructs.convert.platform import with_name, with_platform, with_queues
from petal_constructs.convert.report import Kind, Report, Rows, in_order
from petal_constructs.convert.sides import HYBRID, SIDES, Refused
from petal_constructs.convert.software import to_containers, to_packages
from petal_constructs.convert.spelling import to_newer, to_older
from petal_constructs.convert.text import Text
from petal_constructs.errors import Problem, UsageError
from petal_constructs.seed.cluster import Cluster
from petal_constructs.seed.load import Loaded
from petal_constructs.seed.model import Seed
from petal_constructs.seed.source import Source

Software = Literal["keep", "containers", "packages"]
Spelling = Literal["new", "old"]
Inspect = Callable[[Source, str | None], Loaded]
"""Reads and checks a seed, for the platform that it names or for another."""

TARGETS: Final = (*SIDES, HYBRID)
_ASIDE: Final = frozenset({"P319", "P402", "P406", "P408"})
"""Problems that say of a key that a platform leaves it aside."""
_QUEUE: Final = re.compile(r"(?:compute\.queues|kubernetes\.node_groups)\[(\d+)\](?:\.(\w+))?")
_PART: Final = re.compile(r"^(?:compute|platforms\.\w+)\b")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a seed is to become."""

    platform: str
    """One of `TARGETS`."""
    software: Software = "keep"
    """`containers`: packages become a container; `packages`: the other way."""
    spelling: Spelling = "new"
    name: str | None = None
    """Of the cluster. Default: one that tells it from that of the other platform."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """The converted seed and its report."""

    text: str
    report: Report


def convert(source: Source, wish: Wish, inspect: Inspect) -> Conversion:
    """The same seed for another platform, or in another spelling.

    Args:
        source: The seed.
        wish: What it is to become.
        inspect: Reads and checks a seed.

    Raises:
        SeedError: The seed has errors.
        UsageError: The wish cannot be met.
    """
    _usable(wish.name)
    loaded = inspect(source, None)
    seed = _sound(loaded)
    memory, body = split(source.text)
    rows = Rows()
    text = _opened(source.file, body)
    own = seed.cluster.platform
    written = text.entry("cluster", "platform") or text.entry("cluster", "type")
    word = (written.value.value or None) if written else None
    left = Side(seed.cluster.name, word, _told(loaded, own))
    try:
        text = _converted(text, seed, wish, memory, rows, _refused(source, seed, wish, inspect))
    except YAMLError:
        raise _too_odd(source) from None
    result = text.text if body.endswith(("\n", "\r")) else text.text.removesuffix(text.newline)
    after = inspect(replace(source, text=result), None)
    if after.seed is None:
        raise _too_odd(source)
    known = memory.sides[wish.platform].told if wish.platform in memory.sides else ()
    _tell(after, wish.platform, {*left.told, *known}, rows)
    report = Report(source.file, own, wish.platform, in_order(rows.rows))
    sides = {**memory.sides, own: left}
    sides.pop(wish.platform, None)
    added = _added(rows) | _still_added(memory, seed, after.seed)
    top = header(report, Memory(sides, added), text.newline)
    return Conversion(top + result, report)


def _too_odd(source: Source) -> UsageError:
    """Changed in place, the text is no seed any more."""
    return UsageError(
        f"{source.file}: petal cannot change YAML of this form in place\n"
        "hint: write each key with its value behind it, as in name: lab, without ? and merged parts"
    )


def _usable(name: str | None) -> None:
    try:
        Cluster.model_validate({"name": name or "lab", "region": "us-east-1"})
    except ValidationError:
        raise UsageError(
            f"--name {name!r}: a cluster has no such name\n"
            "hint: letters, digits and hyphens, starting with a letter, at most 60"
        ) from None


def _sound(loaded: Loaded) -> Seed:
    """The seed, if it has no errors.

    Raises:
        SeedError: It has, or is for a platform that is none of `TARGETS`.
    """
    seed = loaded.unwrap()
    if seed.cluster.platform not in TARGETS:
        raise UsageError(f"no seed for {seed.cluster.platform} can be converted")
    return seed


def _opened(file: str, body: str) -> Text:
    newline = next((end for end in ("\r\n", "\n", "\r") if end in body), "\n")
    closed = body if body.endswith(("\n", "\r")) else body + newline
    text = Text(closed, newline, file)
    if twice := sorted(text.document.repeated):
        raise UsageError(
            f"{file}: more than one value has the anchor &{twice[0]}\n"
            "hint: give each anchor a name of its own"
        )
    return text


def _converted(
    text: Text, seed: Seed, wish: Wish, memory: Memory, rows: Rows, refused: Refused
) -> Text:
    older, spelt = to_newer(text), wish.spelling
    text = older.text
    if spelt == "new":
        older.tell(rows)
    if wish.software == "containers":
        text = to_containers(text, seed, rows)
    elif wish.software == "packages":
        text = to_packages(text, seed, rows)
    if wish.platform != seed.cluster.platform:
        text = with_queues(text, seed, wish.platform, memory, rows, refused)
        text = with_platform(text, wish.platform, memory, rows)
    text = with_name(text, seed, wish.platform, wish.name, memory, rows)
    if spelt == "old":
        moved = to_older(text)
        moved.tell(rows, but=older)
        text = moved.text
    return text


def _refused(source: Source, seed: Seed, wish: Wish, inspect: Inspect) -> Refused:
    """What a second side cannot have of each queue, by its position: key -> why."""
    own = SIDES.get(seed.cluster.platform)
    if own is None or wish.platform in SIDES:
        return {}
    found: dict[int, dict[str, str]] = {}
    for problem in inspect(source, own.other).errors:
        if at := _QUEUE.match(problem.path):
            found.setdefault(int(at[1]), {}).setdefault(at[2] or "", problem.message)
    return found


def _told(loaded: Loaded, platform: str) -> tuple[str, ...]:
    """What petal warns of, so that it is not told again."""
    aside = _left_aside(loaded.seed, platform) if loaded.seed else {}
    return tuple(sorted({*map(_key, loaded.problems), *aside}))


def _key(problem: Problem) -> str:
    return f"{problem.code} {_PART.sub('compute', problem.path)}"


def _left_aside(seed: Seed, platform: str) -> dict[str, str]:
    """Keys that the platform has no use for, of which its checks say nothing."""
    side = SIDES.get(platform)
    found = {}
    for path, why in side.aside.items() if side else ():
        *sections, key = path.split(".")
        home = getattr(seed, sections[0]) if sections else seed
        if key in home.model_fields_set:
            found[path] = why
    return found


def _tell(after: Loaded, platform: str, known: set[str], rows: Rows) -> None:
    """What the checks say of the result, and did not say of the seed."""
    for problem in after.problems:
        if problem.is_error:
            rows.add("decide", problem.path, problem.message, problem.hint, problem.code)
        elif _key(problem) not in known:
            kind: Kind = "aside" if problem.code in _ASIDE else "note"
            rows.add(kind, problem.path, problem.message, problem.hint, problem.code)
    aside = _left_aside(after.seed, platform) if after.seed else {}
    for path, why in aside.items():
        if path not in known:
            what = f"{platform} leaves it aside: {why}"
            hint = f"nothing is to be done; it serves on {SIDES[platform].other}"
            rows.add("aside", path, what, hint)


def _added(rows: Rows) -> dict[str, str]:
    """Values that the way back takes out again."""
    return {row.path: row.what for row in rows.rows if row.kind == "added" and row.value}


def _still_added(memory: Memory, before: Seed, after: Seed) -> dict[str, str]:
    """Head nodes that earlier conversions added, where they stand now, if nobody changed them."""
    found = {}
    for platform in before.parts.keys() & after.parts.keys():
        kind = after.parts[platform].head_node
        if kind and memory.added.get(f"{before.compute_path(platform)}.head_node") == kind:
            found[f"{after.compute_path(platform)}.head_node"] = kind
    return found
