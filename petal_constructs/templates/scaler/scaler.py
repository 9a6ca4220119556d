"""Gives each NodeSet the nodes that its jobs need: `python3 -m scaler.scaler`, beside this folder.

It mounts as a package (all `*.py` of this folder in a folder `scaler`), runs in its own pod, and
needs of the API server: list `nodesets`, patch `nodesets/scale`, in its namespace.

Environment: `PETAL_SLURMRESTD` (URL) and `PETAL_TOKEN_FILE` must be set. `PETAL_SLURM_USER`
(nobody), `PETAL_INTERVAL_S` (15), `PETAL_IDLE_S` (300: how long nodes must be of no use before they
go), `PETAL_TIMEOUT_S` (10, per question), `PETAL_ALIVE_FILE` (/tmp/alive, touched each round),
`PETAL_ACCOUNTS` (/etc/petal/accounts: a folder with limits of tenants, if it is there).
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .accounts import allowances
from .answers import Doubt
from .capacity import Capacity
from .demand import demand
from .jobs import Record, is_active, is_pending, waiting
from .node_sets import Kubernetes, NodeSet
from .nodes import Node
from .slurm import Slurm

log = logging.getLogger("petal")


@dataclass(slots=True)
class Scaler:
    """What it remembers between two rounds is a reason to wait, or to prefer another size."""

    kubernetes: Kubernetes
    slurm: Slurm
    idle_s: float
    accounts: Path = Path("/nonexistent")
    """Folder of the accounts' limits, where there are any."""
    recent: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    """When each node set needed how many nodes, as far back as `idle_s`."""
    had_jobs: bool = False
    capacity: Capacity = field(default_factory=Capacity)

    def round(self, now: float) -> None:
        """Look once, and scale what should change; on any doubt nothing, and nothing shrinks soon.

        Args:
            now: Seconds since the epoch.
        """
        try:
            self._round(now)
        except Doubt as doubt:
            self.recent.clear()
            say("refused", because=str(doubt))

    def _round(self, now: float) -> None:
        node_sets = self.kubernetes.node_sets()
        records, nodes = self.slurm.look()
        self._expect_jobs(records)
        try:
            allowed = allowances(self.accounts, records)
            lacking = self._lacking(node_sets, nodes, now)
            needed = demand(node_sets, nodes, waiting(records, now), allowed, lacking)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Doubt(f"jobs of an unknown shape: {error!r}") from error
        kept = {s.name: self._kept(s, needed[s.name], now) for s in node_sets}
        wanted = _within_maximum(node_sets, needed, kept)
        changes = [s for s in node_sets if wanted[s.name] != s.replicas]
        # What shrinks makes room below the maximum, so it goes first.
        for node_set in sorted(changes, key=lambda s: wanted[s.name] > s.replicas):
            self.kubernetes.scale(node_set.name, wanted[node_set.name])
            say(
                "scaled",
                nodeset=node_set.name,
                replicas=wanted[node_set.name],
                was=node_set.replicas,
                needed=needed[node_set.name],
            )

    def _lacking(
        self, node_sets: list[NodeSet], nodes: Sequence[Node], now: float
    ) -> frozenset[str]:
        before = frozenset(self.capacity.avoided)
        found = self.capacity.lacking(node_sets, nodes, now)
        for name in sorted(found - before):
            say("avoided", nodeset=name, because="its pods find no nodes")
        return found

    def _expect_jobs(self, records: list[Record]) -> None:
        """Slurm lists a job for minutes after its end: none at all means lost state."""
        had = self.had_jobs
        self.had_jobs = any(is_active(record) or is_pending(record) for record in records)
        if had and not records:
            raise Doubt("slurmctld knows none of the jobs that it had")

    def _kept(self, node_set: NodeSet, needed: int, now: float) -> int:
        """Nodes that were needed within the idle time and are still there."""
        seen = self.recent.setdefault(node_set.name, [(now, node_set.replicas)])
        seen.append((now, needed))
        seen[:] = [(at, count) for at, count in seen if now - at < self.idle_s]
        return min(node_set.replicas, max((count for _, count in seen), default=0))


def _within_maximum(
    node_sets: list[NodeSet], needed: Mapping[str, int], kept: Mapping[str, int]
) -> dict[str, int]:
    """Nodes per node set: what is needed, and of what is kept as much as the queue may have."""
    wanted = dict(needed)
    for queue in {node_set.queue for node_set in node_sets}:
        sizes = [node_set for node_set in node_sets if node_set.queue == queue]
        spare = max(size.max for size in sizes) - sum(needed[size.name] for size in sizes)
        for size in sizes:
            more = max(0, min(kept[size.name] - needed[size.name], spare))
            wanted[size.name] += more
            spare -= more
    return wanted


def say(event: str, **what: str | int) -> None:
    """One line of JSON."""
    log.info(json.dumps({"event": event} | what))


def log_to_stdout() -> None:
    """Where Kubernetes collects it."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")


def main() -> None:
    """Rounds until SIGTERM, which the first process of a container would else ignore."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    log_to_stdout()
    env = os.environ
    scaler = Scaler(
        Kubernetes.from_environment(),
        Slurm.from_environment(),
        float(env.get("PETAL_IDLE_S", "300")),
        Path(env.get("PETAL_ACCOUNTS", "/etc/petal/accounts")),
    )
    alive = Path(env.get("PETAL_ALIVE_FILE", "/tmp/alive"))  # noqa: S108 - a volume of its own pod
    try:
        while True:
            scaler.round(time.time())
            alive.touch()
            time.sleep(float(env.get("PETAL_INTERVAL_S", "15")))
    except KeyboardInterrupt:
        say("ended")


if __name__ == "__main__":
    main()
