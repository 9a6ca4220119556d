"""What AWS ParallelCluster would refuse in the login nodes, or find too late.

Source: config/cluster_config.py of aws-parallelcluster 3.16.1, 2026-11-22. It does not look at the
architecture of login nodes, and gives them the image of the head node's.
"""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import Problem
from petal_constructs.plan.sizes import known_types
from petal_constructs.seed.compute import Compute
from petal_constructs.seed.login_nodes import LoginPool


def check(path: str, part: Compute) -> list[Problem]:
    """Every problem of the login nodes below `path`."""
    pools = [(f"{path}.login_nodes[{index}]", pool) for index, pool in enumerate(part.login_nodes)]
    return [
        *_count(f"{path}.login_nodes", len(pools)),
        *(problem for where, pool in pools for problem in _pool(where, pool, part.head_node)),
    ]


def _count(path: str, pools: int) -> Iterator[Problem]:
    limits, hint = parallelcluster.FACTS.limits, "raise the count of a pool instead"
    if pools > limits.login_pools:
        message = f"{pools} pools are more than ParallelCluster's {limits.login_pools}"
        yield Problem("P352", path, message, hint)
    elif pools > limits.login_pools_that_surely_fit:
        message = f"the deployment may fail: {pools} pools are much for AWS's provider to tell of"
        yield Problem("P352", path, message, hint, level="warning")


def _pool(where: str, pool: LoginPool, head_node: str | None) -> Iterator[Problem]:
    if pool.name in parallelcluster.FACTS.names.forbidden:
        message = f"ParallelCluster does not allow the name {pool.name}"
        yield Problem("P309", f"{where}.name", message, "choose another name")
    for head in known_types([head_node] if head_node else []):
        for kind in known_types([pool.instance_type]):
            if kind.architecture != head.architecture:
                yield Problem(
                    "P304",
                    f"{where}.instance_type",
                    f"{kind.name} is {kind.architecture}, the head node {head.name} is "
                    f"{head.architecture}",
                    "use one architecture in the whole cluster",
                )
