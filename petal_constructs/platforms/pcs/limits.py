"""Limits of Slurm and Kubernetes that only the whole plan can meet or break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from petal_constructs.catalog import pcs
from petal_constructs.errors import Problem
from petal_constructs.platforms.pcs.values import PcsPlan, SlurmCluster
from petal_constructs.seed.compute import Compute


def check(path: str, part: Compute, plan: PcsPlan) -> list[Problem]:
    """What of the plan is too large, or called like something else; `path` has the queues."""
    return [*_nodes(path, plan), *_node_set_names(path, part, plan), *_slurm_names(plan)]


def nodes(cluster: SlurmCluster) -> tuple[int, int]:
    """Most nodes that run at once, and the shape nodes that tell Slurm what each size could run."""
    real = sum(queue.max_count for queue in cluster.queues)
    shapes = sum(size.max_count for queue in cluster.queues for size in queue.node_sets)
    return real, shapes


def _nodes(path: str, plan: PcsPlan) -> Iterator[Problem]:
    """The largest Slurm cluster keeps to Slurm's limit, and so do all."""
    most = pcs.FACTS.slurm.nodes
    sizes = {cluster.namespace: nodes(cluster) for cluster in plan.clusters}
    namespace, (real, shapes) = max(
        sizes.items(), key=lambda item: sum(item[1]), default=("", (0, 0))
    )
    if real + shapes > most:
        yield Problem(
            "P412",
            f"{path}.queues",
            f"{real} nodes and {shapes} shapes of them in {namespace} are more than the "
            f"{most} of one Slurm",
            "lower max_count, or use fewer sizes: each counts with the queue's max_count",
        )


def _node_set_names(path: str, part: Compute, plan: PcsPlan) -> Iterator[Problem]:
    """Queue `a` with size `gpu1-cpu8` and queue `a-gpu1` with size `cpu8` would meet."""
    paths = {queue.name: f"{path}.queues[{i}].name" for i, queue in enumerate(part.queues)}
    for name, queues in _queues_of_names(plan).items():
        for queue in list(queues)[1:]:
            message = f"nodes of {next(iter(queues))} and {queue} would both be called {name}"
            yield Problem("P413", paths[queue], message, "rename one of the two queues")


def _queues_of_names(plan: PcsPlan) -> dict[str, dict[str, None]]:
    """Node set -> the queues, in order, that would have one of that name; in all namespaces."""
    found: dict[str, dict[str, None]] = {}
    for queue in plan.queues:
        for size in queue.node_sets:
            found.setdefault(size.name, {})[queue.name] = None
    return found


def _slurm_names(plan: PcsPlan) -> Iterator[Problem]:
    """Slurm's names are cut, and what differs may be cut off."""
    names = Counter(cluster.cluster_name for cluster in plan.clusters)
    for name in (name for name, times in names.items() if times > 1):
        message = f"several Slurm clusters would be called {name}, as their names are cut there"
        yield Problem("P413", "cluster.name", message, "choose a shorter name")


def no_final_hyphen(where: str, name: str) -> Iterator[Problem]:
    """Kubernetes objects are called after it, and no name of Kubernetes ends so."""
    if name.endswith("-"):
        message = f"{name} ends with a hyphen, which Kubernetes allows in no name"
        yield Problem("P415", where, message, f"write {name.rstrip('-')}")
