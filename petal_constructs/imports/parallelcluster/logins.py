"""`LoginNodes` -> `compute.login_nodes`."""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.imports.parallelcluster.ledger import Part
from petal_constructs.imports.parallelcluster.nodes import settle_own

_AS_THE_HEAD: Final = "login nodes are reached as the head node is"


def login_nodes(config: Part) -> list[dict[str, Any]]:
    """Entries of `compute.login_nodes`."""
    pools = config.at("LoginNodes", "Pools").items
    return [
        _pool(p, config.at("HeadNode"), f"compute.login_nodes[{n}]") for n, p in enumerate(pools)
    ]


def _pool(pool: Part, head: Part, seed: str) -> dict[str, Any]:
    settle_own(pool)
    for subnet in pool.at("Networking", "SubnetIds").items:
        _as_the_head(subnet, head.at("Networking", "SubnetId"), "petal puts login nodes beside it")
    for key in ("KeyName", "AllowedIps"):
        _as_the_head(pool.at("Ssh", key), head.at("Ssh", key), _AS_THE_HEAD)
    name, count = pool.at("Name"), pool.at("Count")
    gracetime = pool.at("GracetimePeriod")
    for part, key in ((count, "count"), (gracetime, "gracetime_minutes")):
        if part.number is not None:
            part.become("kept", f"{seed}.{key}")
    return {
        "name": name.keep(f"{seed}.name"),
        "instance_type": pool.at("InstanceType").keep(f"{seed}.instance_type"),
        "count": count.number,
        "gracetime_minutes": gracetime.number,
    }


def _as_the_head(part: Part, head: Part, reason: str) -> None:
    if part.text is not None and part.text == head.text:
        part.become("same", "", "the same as at the head node")
    else:
        part.become("changed", "", reason)
