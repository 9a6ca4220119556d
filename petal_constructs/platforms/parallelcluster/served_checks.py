"""Folders that the head node serves to all others, through its one network interface."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import Problem
from petal_constructs.platforms import storage_rules
from petal_constructs.platforms.parallelcluster.names import PLATFORM
from petal_constructs.platforms.seed_rules import HOME
from petal_constructs.seed.model import Seed


def check(seed: Seed) -> Iterator[Problem]:
    """Homes and volumes that more nodes use than ParallelCluster thinks wise."""
    nodes = sum(queue.max_count for queue in seed.parts[PLATFORM].queues)
    if nodes <= parallelcluster.FACTS.storage.nodes_that_the_head_serves:
        return
    served = f"the head node alone serves it to as many as {nodes} nodes"
    shared = storage_rules.placed(seed)
    if not any(storage.mount_point == HOME for _, storage in shared):
        hint = "add one for homes: {name: homes, type: efs, mount_point: /home}"
        yield Problem("P369", "data.shared", f"{HOME}: {served}", hint, level="warning")
    for path, storage in shared:
        if storage.type == "ebs":
            hint = "write type: efs or fsx-lustre if many of them use it at once"
            yield Problem("P369", f"{path}.type", served, hint, level="warning")
