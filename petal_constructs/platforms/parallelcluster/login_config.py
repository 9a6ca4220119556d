"""Login nodes, as the cluster configuration has them."""

from __future__ import annotations

from typing import Any

from petal_constructs.platforms.parallelcluster.node_config import (
    References,
    action,
    iam,
    more_groups,
)
from petal_constructs.platforms.parallelcluster.values import LoginPool, ParallelClusterPlan


def login_nodes(plan: ParallelClusterPlan, refs: References) -> dict[str, Any]:
    """Section `LoginNodes`; nothing where there are none."""
    pools = [_pool(pool, refs) for pool in plan.login_nodes]
    return {"LoginNodes": {"Pools": pools}} if pools else {}


def _pool(pool: LoginPool, refs: References) -> dict[str, Any]:
    """Without `Ssh`, so that the load balancer lets in whom the head node lets in.

    The load balancer joins the security groups of the nodes, and faces the internet where their
    subnet does (templates/login_nodes_stack.py of aws-parallelcluster 3.16.1, 2026-11-22).
    """
    return {
        "Name": pool.name,
        "InstanceType": pool.instance_type,
        "Count": pool.count,
        "GracetimePeriod": pool.gracetime_minutes,
        "Networking": {
            "SubnetIds": [refs.head_subnet],
            **more_groups(refs.ssh_security_group, refs.storage.security_group, refs.submit_group),
        },
        "CustomActions": {
            "OnNodeConfigured": action(refs, "login"),
            "OnNodeUpdated": action(refs, "login", refs.boot_hash),
        },
        "Iam": iam(*refs.policies),
    }
