"""Limits of Slurm and Kubernetes that only the whole plan can meet or break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from petal_constructs.catalog import kubernetes, pcs
from petal_constructs.errors import Problem
from petal_constructs.platforms.pcs.values import PcsPlan, SlurmCluster
from petal_constructs.seed.compute import Compute


def check(path: str, part: Compute, plan: PcsPlan) -> list[Problem]:
    """What of the plan is too large, or called like something else; `path` has the queues."""
    return [
        *_nodes(path, plan),
        *_node_set_names(path, part, plan),
        *_slurm_names(plan),
        *_resources(path, plan),
        *_people(plan),
    ]


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


def _resources(path: str, plan: PcsPlan) -> Iterator[Problem]:
    """CloudFormation's limits of one stack: how many resources, how long a template."""
    most = kubernetes.FACTS.limits
    for needed, limit, what in (
        (resources(plan), most.template_resources, "CloudFormation resources, and a stack holds"),
        (template_bytes(plan), most.template_bytes, "bytes of template, and CloudFormation takes"),
    ):
        if needed > limit:
            yield Problem(
                "P422",
                f"{path}.queues",
                f"{len(plan.queues)} queues in {len(plan.clusters)} namespaces need about {needed} "
                f"{what} {limit}",
                "use fewer queues or dedicated tenants, or a second cluster",
            )
            return


def template_bytes(plan: PcsPlan) -> int:
    """About how long the template is without users and keys; a test compares it with real ones."""
    needs, mounts = pcs.FACTS.stack, len(plan.shared) + len(plan.s3_mounts)
    queues, namespaces = len(plan.queues), len(plan.clusters)
    return (
        needs.always_bytes
        + queues * (needs.queue_bytes + mounts * needs.mount_bytes)
        + namespaces * (needs.namespace_bytes + 4 * mounts * needs.mount_bytes)
        + _software_bytes(plan)
    )


def _software_bytes(plan: PcsPlan) -> int:
    """Images stand in all pods that mount them, beside shared software and files of shells."""
    needs, software, namespaces = pcs.FACTS.stack, plan.software, len(plan.clusters)
    if not software.names:
        return 0
    pods = namespaces + sum(len(queue.node_sets) for queue in plan.queues)
    mounts = pods * (len(software.mounted) + 2) + namespaces * len(software.pulled)
    return namespaces * needs.software_bytes + mounts * needs.mount_bytes


def resources(plan: PcsPlan) -> int:
    """About how many CloudFormation resources a plan needs; a test compares it with real stacks."""
    needs = pcs.FACTS.stack
    clusters = len(plan.clusters)
    managed = plan.kubernetes.node_starter == "managed-node-groups"
    roles = {role for cluster in plan.clusters for role in cluster.iam_roles}
    return (
        needs.always
        + needs.each_queue * len(plan.queues)
        + needs.each_node_group * sum(len(q.node_sets) for q in plan.queues if managed)
        + sum(queue.placement_group for queue in plan.queues)
        + (needs.each_namespace + bool(plan.s3_mounts) + plan.accounting) * clusters
        + bool(plan.software.names) * clusters
        + plan.software.in_ecr * (1 + clusters)
        + needs.each_folder * len(plan.shared)
        + needs.accounting * plan.accounting
        + len({*roles, *plan.kubernetes.admin_roles})
    )


def _people(plan: PcsPlan) -> Iterator[Problem]:
    """Users and keys of a Slurm travel in one manifest, through one call of the CDK's function."""
    most = kubernetes.FACTS.limits.kubectl_payload_bytes - pcs.FACTS.stack.manifest_bytes
    sizes = {cluster.namespace: _size(cluster) for cluster in plan.clusters}
    namespace, largest = max(sizes.items(), key=lambda item: item[1], default=("", 0))
    if largest > most:
        yield Problem(
            "P423",
            "users",
            f"users and keys of {namespace} are {largest} bytes, and one manifest holds {most}",
            "use ed25519 keys, which are short, or fewer keys for each user",
        )


def _size(cluster: SlurmCluster) -> int:
    return sum(
        len(user.name) + len("\t60000\t60000\n") + sum(len(user.name) + len(k) + 2 for k in keys)
        for user in cluster.users
        for keys in [user.ssh_public_keys]
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
