"""What a seed says of its platform and name, and where its queues stand."""

from __future__ import annotations

from typing import Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.convert.header import Memory
from petal_constructs.convert.one_side import to_one_side
from petal_constructs.convert.report import Rows
from petal_constructs.convert.sides import (
    SIDES,
    Refused,
    to_hybrid,
    with_head_node,
)
from petal_constructs.convert.text import Text
from petal_constructs.seed.cluster import Cluster
from petal_constructs.seed.model import Seed

_DEFAULT: Final[str] = Cluster.model_fields["platform"].default
_HEAD_NODE: Final = "compute.head_node"


def with_queues(
    text: Text, seed: Seed, target: str, memory: Memory, rows: Rows, refused: Refused
) -> Text:
    """The queues where the target has them."""
    if target not in SIDES:
        return to_hybrid(text, seed, rows, refused)
    if seed.compute is None:
        return to_one_side(text, seed, target, memory, rows)
    if SIDES[target].head_node:
        return with_head_node(text, ("compute",), seed.compute, rows)
    added = memory.added.get(_HEAD_NODE)
    if added is not None and added == seed.compute.head_node:
        rows.add("restored", _HEAD_NODE, f"{added} goes, which an earlier conversion added")
        return text.without_entry("compute", "head_node", comments=False)
    return text


def with_platform(text: Text, target: str, memory: Memory, rows: Rows) -> Text:
    """`cluster.platform` as the target wants it, or as it was there before."""
    where = "cluster.platform"
    entry = text.entry("cluster", "platform")
    before = memory.sides.get(target)
    word = before.platform if before else _word(target, written=entry is not None)
    if word is None and entry is not None:
        rows.add("restored", where, f"{entry.value.value} goes: {target} is what petal then takes")
        return text.without_entry("cluster", "platform", comments=False)
    if word is None:
        rows.add("restored" if before else "changed", where, f"is {target} now, without a word")
        return text
    if entry is None:
        rows.add("added", where, word)
        return text.written_out(("cluster",)).with_entry(("cluster",), "platform", word)
    rows.add("restored" if before else "changed", where, f"{entry.value.value} is {word} now")
    return text.with_value(("cluster", "platform"), word)


def _word(target: str, *, written: bool) -> str | None:
    """None where the platform need not be said: it is the default, or `platforms` says it."""
    needed = written or (target in SIDES and target != _DEFAULT)
    return target if needed else None


def with_name(
    text: Text, seed: Seed, target: str, wish: str | None, memory: Memory, rows: Rows
) -> Text:
    """A name that the cluster does not have on its old platform, so that both may run."""
    old, own = seed.cluster.name, seed.cluster.platform
    before = memory.sides.get(target) if target != own else None
    new = wish or (before.name if before else old if target == own else _name(old, own, target))
    if new == old:
        return text
    known = before is not None and before.name == new
    why = f"{old} is {new} now, another cluster: {old} may run on beside it"
    hint = "" if known else f"--name {old} keeps the name, and would replace the cluster"
    rows.add("restored" if known else "changed", "cluster.name", why, hint)
    if not known:
        _tell_data(seed, old, rows)
    return text.written_out(("cluster",)).with_value(("cluster", "name"), new)


def _name(old: str, own: str, target: str) -> str:
    end = f"-{_suffix(target)}"
    most = parallelcluster.FACTS.names.cluster_max_length_with_database - len(end)
    return f"{old.removesuffix(f'-{_suffix(own)}')[:most].rstrip('-')}{end}"


def _suffix(platform: str) -> str:
    return SIDES[platform].suffix if platform in SIDES else platform


def _tell_data(seed: Seed, old: str, rows: Rows) -> None:
    """File systems that petal makes are each cluster's own."""
    for index, shared in enumerate(seed.data.shared):
        if shared.id is None:
            what = f"{shared.name} is a new file system, which is empty"
            hint = f"to share that of {old}, write its id: here, and its network below network:"
            rows.add("note", f"data.shared[{index}]", what, hint)
