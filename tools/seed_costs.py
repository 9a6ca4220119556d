"""What a seed's nodes cost an hour, as far as the catalog knows prices of its region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog import prices
from petal_constructs.catalog.prices import Price
from petal_constructs.seed.compute import Compute, Queue
from petal_constructs.seed.login_nodes import LoginPool
from petal_constructs.seed.model import Seed

LEFT_OUT = """\
Not in it: disks and file systems, the NAT gateway of a new network, load balancers, an EKS control
plane and its system nodes, S3, data transfer, taxes."""
SPOT = (
    "Spot capacity costs less than this; its price changes by the hour and is not in the catalog."
)
BLOCK = (
    "A Capacity Block is paid for in advance, whether jobs run or not, at a price of its own: what "
    "is shown is on demand."
)


def cost_note(seed: Seed) -> str:
    """Prices of the head node and of each queue, or that petal does not know them."""
    part = _whole(seed)
    region = seed.cluster.region
    priced = [_prices(region, queue.instance_types) for queue in part.queues]
    head = _prices(region, (part.head_node,) if part.head_node else ())
    logins = [_prices(region, (pool.instance_type,)) for pool in part.login_nodes]
    known = [price for each in (head, *logins, *priced) for price in each or ()]
    if head is None or None in (*logins, *priced):
        return _unknown(region, known)
    lines = [
        f"On demand, in {known[0].currency} an hour ({known[0].as_of}, {known[0].source}):",
        "",
        "| part | one node | all its nodes, at most |",
        "|---|---|---|",
        *(f"| head node, `{part.head_node}` | {_range(head)} | |" for _ in head),
        *_logins(part, logins),
        *_queues(part, priced),
        "",
        *_idle(part, head, logins, priced),
        *([SPOT] if any(queue.capacity_type == "SPOT" for queue in part.queues) else []),
        *([BLOCK] if any(queue.capacity_type == "CAPACITY_BLOCK" for queue in part.queues) else []),
        "",
        LEFT_OUT,
    ]
    return "\n".join(lines)


def _whole(seed: Seed) -> Compute:
    """All parts of a seed as one: at most one of them has a head node."""
    parts = list(seed.parts.values())
    heads = [part.head_node for part in parts if part.head_node]
    queues = tuple(queue for part in parts for queue in part.queues)
    pools = tuple(pool for part in parts for pool in part.login_nodes)
    return Compute(head_node=next(iter(heads), None), queues=queues, login_nodes=pools)


def _unknown(region: str, known: list[Price]) -> str:
    """One missing price would make every sum look too small, so there is none."""
    what = "no price of some of these types" if known else "no prices"
    return f"petal's catalog has {what} in {region}: `petal plan` and this page cannot say."


def _prices(region: str, types: tuple[str, ...]) -> list[Price] | None:
    """One for each type; None if one of them is unknown."""
    found = [price for name in types if (price := prices.on_demand(region, name))]
    return found if len(found) == len(types) else None


def _logins(part: Compute, priced: list[list[Price] | None]) -> Iterator[str]:
    for pool, each in zip(part.login_nodes, priced, strict=True):
        most = _running(pool, each or [])
        yield f"| login nodes `{pool.name}` | {_range(each or [])} | {most:.2f} |"


def _running(pool: LoginPool, each: list[Price]) -> float:
    return pool.count * sum(price.amount for price in each)


def _queues(part: Compute, priced: list[list[Price] | None]) -> Iterator[str]:
    for queue, each in zip(part.queues, priced, strict=True):
        most = queue.max_count * max(price.amount for price in each or ())
        name = f"queue `{queue.name}`{_BOUGHT[queue.capacity_type]}"
        yield f"| {name} | {_range(each or [])} | {most:.2f} |"


_BOUGHT: Final = {"ONDEMAND": "", "SPOT": ", spot", "CAPACITY_BLOCK": ", Capacity Block"}


def _range(each: list[Price]) -> str:
    amounts = [f"{price.amount:.2f}" for price in sorted(each, key=lambda price: price.amount)]
    return " to ".join(dict.fromkeys((amounts[0], amounts[-1])))


def _idle(
    part: Compute,
    head: list[Price],
    logins: list[list[Price] | None],
    priced: list[list[Price] | None],
) -> Iterator[str]:
    """What runs without any job, where a head node tells that it is a cluster of instances."""
    if not head:
        return
    people = sum(
        _running(pool, each or []) for pool, each in zip(part.login_nodes, logins, strict=True)
    )
    kept = sum(_kept(queue, each or []) for queue, each in zip(part.queues, priced, strict=True))
    beside = [*(["login nodes"] if people else []), *(["the nodes of `min_count`"] if kept else [])]
    awake = " and ".join(["the head node", *beside])
    yield f"While no job runs: {awake}, {head[0].amount + people + kept:.2f} an hour."


def _kept(queue: Queue, each: list[Price]) -> float:
    paid_already = queue.capacity_type == "CAPACITY_BLOCK"
    return 0 if paid_already else queue.min_count * max(price.amount for price in each)
