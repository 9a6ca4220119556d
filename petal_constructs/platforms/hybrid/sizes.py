"""CloudFormation's limits of one stack, held against both sides together."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import hybrid, kubernetes
from petal_constructs.errors import Problem
from petal_constructs.platforms.parallelcluster.names import PLATFORM as EC2
from petal_constructs.platforms.pcs import limits
from petal_constructs.platforms.pcs.planning import make_plan
from petal_constructs.seed.model import Seed


def check(seed: Seed) -> Iterator[Problem]:
    """Too many queues for one template; `seed` has its homes."""
    most, queues = kubernetes.FACTS.limits, seed.parts[EC2].queues
    plan = make_plan(seed)
    for alone, needed, limit, what in (
        (
            limits.resources(plan),
            resources(seed),
            most.template_resources,
            "CloudFormation resources, and a stack holds",
        ),
        (
            limits.template_bytes(plan),
            template_bytes(seed),
            most.template_bytes,
            "bytes of template, and CloudFormation takes",
        ),
    ):
        if alone > limit:
            return  # P422 says so
        if needed > limit:
            yield Problem(
                "P604",
                "platforms",
                f"{len(queues)} and {len(plan.queues)} queues need about {needed} {what} {limit}",
                "use fewer queues, or a cluster for each side",
            )
            return


def resources(seed: Seed) -> int:
    """About how many CloudFormation resources a seed needs; a test compares it with real stacks."""
    return limits.resources(make_plan(seed)) + hybrid.stack_size().resources


def template_bytes(seed: Seed) -> int:
    """About how long the template is without users and keys; a test compares it with real ones."""
    needs = hybrid.stack_size()
    sizes = sum(len(queue.instance_types) for queue in seed.parts[EC2].queues)
    queues = len(seed.parts[EC2].queues)
    return (
        limits.template_bytes(make_plan(seed))
        + needs.bytes
        + queues * needs.queue_bytes
        + sizes * needs.size_bytes
    )
