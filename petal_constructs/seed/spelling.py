"""The older spelling of a seed, brought to the present one without losing where things stood."""

from __future__ import annotations

from typing import Final

from petal_constructs.errors import Problem, UsageError
from petal_constructs.seed.cluster import PLATFORM_NAMES
from petal_constructs.seed.source import Source
from petal_constructs.seed.suggest import did_you_mean, one_of
from petal_constructs.seed.tree import Entry, Node
from petal_constructs.seed.words import word

Path = tuple[str | int, ...]

MOVES: Final[tuple[tuple[Path, Path], ...]] = (
    (("cluster", "type"), ("cluster", "platform")),
    (("kubernetes", "version"), ("eks", "version")),
    (("kubernetes", "node_groups"), ("compute", "queues")),
)
"""Older key -> today's key."""

PLATFORM_SYNONYMS: Final = {"eks": "pcs"}


def platform_name(text: str) -> str:
    """The platform that a word means, in any case: `eks` is `pcs`.

    Raises:
        UsageError: There is none of that name.
    """
    name = text.lower()
    if name in PLATFORM_NAMES:
        return name
    if name in PLATFORM_SYNONYMS:
        return PLATFORM_SYNONYMS[name]
    words = (*PLATFORM_NAMES, *PLATFORM_SYNONYMS)
    hint = did_you_mean(text, words) or one_of(words)
    raise UsageError(f"no platform is called {word(text)}\nhint: {hint}")


def choose_platform(root: Node, name: str) -> None:
    """Read a seed as if its `cluster.platform` were `name`, in place, after `modernise`."""
    cluster = root.value.get("cluster")
    if cluster is None or not isinstance(cluster.node.value, dict):
        return
    written = cluster.node.value.get("platform")
    mark = written.node.mark if written else cluster.mark
    entry_mark = written.mark if written else cluster.mark
    cluster.node.value["platform"] = Entry(entry_mark, Node(mark, name))


def modernise(root: Node, source: Source) -> tuple[dict[Path, Path], list[Problem]]:
    """Move older keys to today's places in the tree, in place.

    Returns:
        Today's path -> the path as written, for what was moved; and what could not be moved.
    """
    moved: dict[Path, Path] = {}
    problems: list[Problem] = []
    for old, new in MOVES:
        entry = _entry(root, old)
        if entry is None:
            continue
        if _entry(root, new) is not None:
            problems.append(
                Problem(
                    "P110",
                    dotted(old),
                    f"{dotted(new)} says the same thing and is there too",
                    f"remove {dotted(old)}, the older spelling",
                    place=source.place(entry.mark),
                )
            )
        else:
            _put(root, new, entry)
            moved[new] = old
        _drop(root, old)
    problems += _left_over(root, source)
    _imply_platform(root, moved)
    return moved, problems


def dotted(path: Path) -> str:
    """A path as users write it: `compute.queues[0].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{word(part)}" for part in path)
    return text.removeprefix(".")


def _left_over(root: Node, source: Source) -> list[Problem]:
    """What stands below `kubernetes` and has no place today."""
    entry = root.value.get("kubernetes")
    if entry is None:
        return []
    known = [str(old[-1]) for old, _ in MOVES if old[0] == "kubernetes"]
    keys = entry.node.value if isinstance(entry.node.value, dict) else {}
    if keys:
        del root.value["kubernetes"]
    return [
        Problem(
            "P101",
            dotted(("kubernetes", key)),
            "no such key",
            did_you_mean(key, known) or one_of(known),
            place=source.place(below.mark),
        )
        for key, below in keys.items()
    ]


def _entry(root: Node, path: Path) -> Entry | None:
    entry: Entry | None = None
    node = root
    for part in path:
        if not isinstance(node.value, dict) or part not in node.value:
            return None
        entry = node.value[part]
        node = entry.node
    return entry


def _put(root: Node, path: Path, entry: Entry) -> None:
    section, key = path
    home = root.value.setdefault(section, Entry(entry.mark, Node(entry.mark)))
    if home.node.value is None:
        home.node.value = {}
    if isinstance(home.node.value, dict):
        home.node.value[key] = entry


def _drop(root: Node, path: Path) -> None:
    section, key = path
    home = root.value[section].node.value
    del home[key]
    if not home:
        del root.value[section]


def _imply_platform(root: Node, moved: dict[Path, Path]) -> None:
    """`platforms:` alone means a hybrid cluster; `eks` is another name of `pcs`."""
    cluster = root.value.get("cluster")
    if cluster is None or not isinstance(cluster.node.value, dict):
        return
    written = cluster.node.value.get("platform")
    if written is None:
        if "platforms" in root.value:
            mark = root.value["platforms"].mark
            cluster.node.value["platform"] = Entry(mark, Node(mark, "hybrid"))
            moved["cluster", "platform"] = ("platforms",)
    elif isinstance(written.node.value, str):
        name = written.node.value.lower()
        written.node.value = PLATFORM_SYNONYMS.get(name, name)
