"""Rules for the network of a seed: a VPC and its subnets, or the zones of a new one."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.errors import Problem
from petal_constructs.seed.model import Seed
from petal_constructs.seed.unique import unique


def check_network(seed: Seed) -> Iterator[Problem]:
    """Ids of an existing network are complete; zones of a new one lie in its region."""
    yield from _subnets(seed)
    yield from _zones(seed)


def _subnets(seed: Seed) -> Iterator[Problem]:
    network = seed.network
    if network.vpc_id and not network.private_subnets:
        yield Problem(
            "P214",
            "network.vpc_id",
            "a VPC is given without private_subnets for the compute nodes",
            "add private_subnets: with ids of subnets in that VPC",
        )
    ids = []
    for key in ("public_subnets", "private_subnets"):
        subnets = getattr(network, key)
        ids += [(f"network.{key}[{i}]", subnet) for i, subnet in enumerate(subnets)]
        if subnets and not network.vpc_id:
            message = "subnets are given without vpc_id"
            hint = "add vpc_id: with the VPC that they lie in"
            yield Problem("P214", f"network.{key}", message, hint)
    yield from unique(ids, "name each subnet once")


def _zones(seed: Seed) -> Iterator[Problem]:
    zones = [(f"network.zones[{i}]", zone) for i, zone in enumerate(seed.network.zones)]
    if zones and seed.network.vpc_id:
        message = "zones are for a new VPC, but vpc_id names an existing one"
        yield Problem("P214", "network.zones", message, "remove zones: the subnets decide")
    for path, zone in zones:
        if zone[:-1] != seed.cluster.region:
            message = f"{zone} does not lie in {seed.cluster.region}"
            yield Problem("P214", path, message, f"write {seed.cluster.region}{zone[-1]}")
    yield from unique(zones, "name each zone once")
