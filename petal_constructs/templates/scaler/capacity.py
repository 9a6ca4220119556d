"""Sizes of which AWS has no capacity: their pods find no node, and jobs need not wait for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .demand import nodes_of
from .node_sets import NodeSet
from .nodes import Node


@dataclass(slots=True)
class Capacity:
    """Which node sets wait for nodes, and since when."""

    patience_s: float = 900.0
    """Longer than a node needs to start. Karpenter, too, gives one up after 15 minutes."""
    avoid_s: float = 1800.0
    waits: dict[str, tuple[float, int]] = field(default_factory=dict)
    """Since when nodes are missing and none joined, and how many there are."""
    avoided: dict[str, float] = field(default_factory=dict)
    """Until when another size is preferred."""

    def lacking(
        self, node_sets: Iterable[NodeSet], nodes: Sequence[Node], now: float
    ) -> frozenset[str]:
        """Node sets that jobs should rather not wait for, by name."""
        for node_set in node_sets:
            self._look(node_set, nodes, now)
        self.avoided = {name: until for name, until in self.avoided.items() if until > now}
        return frozenset(self.avoided)

    def _look(self, node_set: NodeSet, nodes: Sequence[Node], now: float) -> None:
        name = node_set.name
        live = sum(n.usable or n.busy or n.set_aside for n in nodes_of(node_set, nodes))
        since, before = self.waits.get(name, (now, live))
        if live > before:
            self.avoided.pop(name, None)
        if live >= node_set.replicas or live > before:
            since = now
        elif now - since >= self.patience_s:
            self.avoided[name] = now + self.avoid_s
            since = now
        self.waits[name] = (since, live)
