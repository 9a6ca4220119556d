"""What AWS ParallelCluster would refuse in the queues."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import parallelcluster, regions
from petal_constructs.catalog.instance_types import InstanceType
from petal_constructs.errors import Problem
from petal_constructs.plan import from_seed
from petal_constructs.plan.bucket_access import object_statements, packed
from petal_constructs.plan.sizes import by_size, known_types
from petal_constructs.platforms import queue_rules, seed_rules
from petal_constructs.platforms.parallelcluster import place_checks, reservation_checks
from petal_constructs.platforms.queue_rules import Placed, placed_types
from petal_constructs.seed.compute import Compute, Queue
from petal_constructs.seed.model import Seed


def check(path: str, part: Compute, seed: Seed) -> list[Problem]:
    """Every problem of the queues below `path`."""
    queues = queue_rules.placed(path, part)
    running = queue_rules.running(queues)
    return [
        *queue_rules.switched_off(path, queues, "ParallelCluster needs one"),
        *_counts(path, running),
        *_architecture(part, running),
        *(p for where, queue in queues for p in _queue(where, queue)),
        *queue_rules.unlisted_images(queues, seed.software.containers),
        *(p for where, queue in queues for p in _tags(where, queue, seed)),
        *(p for where, queue in queues for p in place_checks.check(where, queue, seed.network)),
        *(
            p
            for where, queue in queues
            for p in reservation_checks.check(where, queue, seed.cluster.region)
        ),
        *_script_rights(path, running, seed.cluster.region),
        *(p for where, queue in running for p in _groups(where, queue)),
    ]


def _counts(path: str, running: Placed) -> Iterator[Problem]:
    limits = parallelcluster.FACTS.limits
    if len(running) > limits.queues:
        message = f"{len(running)} queues are more than ParallelCluster's {limits.queues}"
        hint = "put several instance types into one queue"
        yield Problem("P306", f"{path}.queues", message, hint)
        return
    resources = sum(len(by_size(queue.instance_types)) for _, queue in running)
    if resources > limits.compute_resources:
        message = (
            f"the queues hold {resources} sizes of nodes in all; "
            f"ParallelCluster takes {limits.compute_resources}"
        )
        hint = "types of equal vCPUs and GPUs count once: use fewer sizes"
        yield Problem("P306", f"{path}.queues", message, hint)


def _architecture(part: Compute, running: Placed) -> Iterator[Problem]:
    """One cluster has one architecture, the head node's."""
    for head in known_types([part.head_node] if part.head_node else []):
        for where, queue in running:
            for position, kind in placed_types(where, queue):
                if kind.architecture != head.architecture:
                    yield Problem(
                        "P304",
                        position,
                        f"{kind.name} is {kind.architecture}, the head node {head.name} is "
                        f"{head.architecture}",
                        "use one architecture in the whole cluster",
                    )


def _queue(where: str, queue: Queue) -> Iterator[Problem]:
    facts = parallelcluster.FACTS
    if queue.name in facts.names.forbidden:
        message = f"ParallelCluster does not allow the name {queue.name}"
        yield Problem("P309", f"{where}.name", message, "choose another name")
    if queue.slurmd_image:
        message = "parallelcluster runs slurmd on nodes, not in images"
        yield Problem("P356", f"{where}.slurmd_image", message, "remove it")
    yield from _strategy(where, queue)
    yield from queue_rules.spot(where, queue)
    if queue.containers_mode == "whole-job":
        message = "parallelcluster leaves it aside: scripts run on nodes, and load modules"
        hint = "nothing is to be done; remove containers_mode if the seed is for parallelcluster"
        yield Problem("P356", f"{where}.containers_mode", message, hint, level="warning")
    yield from queue_rules.interconnect(where, queue)
    yield from _gpus(where, queue)


def _strategy(where: str, queue: Queue) -> Iterator[Problem]:
    allowed = parallelcluster.FACTS.capacity.allocation_strategies[queue.capacity_type]
    strategy = queue.allocation_strategy
    if strategy is not None and strategy not in allowed:
        message = f"{strategy} does not go with capacity_type {queue.capacity_type}"
        hint = f"choose one of {', '.join(allowed)}" if allowed else "remove allocation_strategy"
        yield Problem("P314", f"{where}.allocation_strategy", message, hint)


def _gpus(where: str, queue: Queue) -> Iterator[Problem]:
    """GPUs that are wanted whole."""
    kinds = list(placed_types(where, queue))
    accelerators = parallelcluster.FACTS.accelerators
    for position, kind in kinds:
        if kind.gpus and not accelerators.counted_gpus(kind):
            message = f"{kind.name} has a part of a GPU, which ParallelCluster does not count"
            hint = "submit such jobs with --exclusive, and without --gpus or --gres"
            yield Problem("P327", position, message, hint, level="warning")
    if queue.gpu_health_check:
        yield from _gpu_test(f"{where}.gpu_health_check", queue.name, [kind for _, kind in kinds])


def _gpu_test(where: str, name: str, kinds: list[InstanceType]) -> Iterator[Problem]:
    accelerators = parallelcluster.FACTS.accelerators
    if not any(map(accelerators.counted_gpus, kinds)):
        message = f"no instance type of {name} has a whole GPU to test"
        yield Problem("P325", where, message, "remove gpu_health_check")
    for kind in [kind for kind in kinds if kind.family in accelerators.slow_gpu_test][:1]:
        message = f"the test of {kind.name} may take longer than Slurm waits for it, and jobs fail"
        hint = "remove gpu_health_check, or try it with a job over many nodes first"
        yield Problem("P328", where, message, hint, level="warning")


def _tags(where: str, queue: Queue, seed: Seed) -> Iterator[Problem]:
    """A node carries the cluster's tags and its queue's (ComputeResourceTagsValidator)."""
    limits = parallelcluster.FACTS.limits
    count = len({**dict(from_seed.tags(seed)), **queue.tags})
    if queue.tags and count > limits.tags:
        message = f"{count} tags, with those of the cluster, are more than {limits.tags}"
        yield Problem("P312", f"{where}.tags", message, "remove some")
    reserved = (limits.reserved_tag_prefix, "aws:")
    yield from seed_rules.reserved_tags(f"{where}.tags", queue.tags, seed, reserved)


def _script_rights(path: str, running: Placed, region: str) -> Iterator[Problem]:
    """The right to read them is one IAM policy."""
    partition = regions.partition_of(region)
    named = {script.script for _, queue in running for script in queue.scripts}
    urls = [url for url in sorted(named) if url.startswith("s3://")]
    rights = packed(object_statements(urls, partition.name if partition else "aws"))
    if len(rights) > 1:
        message = f"the right to read {len(urls)} scripts does not fit into one IAM policy"
        hint = "let several queues run the same script, with other args"
        yield Problem("P326", f"{path}.queues", message, hint)


def _groups(where: str, queue: Queue) -> Iterator[Problem]:
    """Each size gets a share of max_count, so there must be at least one node for each."""
    groups = by_size(queue.instance_types)
    if len(groups) > queue.max_count:
        sizes = ", ".join(f"{vcpus} vCPUs" for vcpus, *_ in groups)
        yield Problem(
            "P307",
            f"{where}.max_count",
            f"{queue.max_count} nodes cannot be split over {len(groups)} sizes ({sizes})",
            f"raise max_count to {len(groups)} or more, or use fewer sizes",
        )
