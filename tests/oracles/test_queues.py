"""Queues in all their forms, before ParallelCluster's own validators."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from petal_constructs.planning import check_seed
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.planning import make_plan
from petal_constructs.platforms.parallelcluster.rendering import placeholders
from petal_constructs.seed import load, source

pytestmark = pytest.mark.oracle

RESERVED = "cr-0123456789abcdef0"
GROUP = "arn:aws:resource-groups:us-east-1:123456789012:group/pool"
ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]
IN_ZONES = {"subnet-0123456789abcdef2": "b", "subnet-0123456789abcdef3": "c"}
"""Placeholders of the second and third private subnet of a new network."""

CPUS = {"instance_types": ["c6i.4xlarge", "c5.4xlarge"]}
MPI = {"instance_types": ["c6in.32xlarge"], "efa": True}
BLOCK = {
    "instance_types": ["p5.48xlarge"],
    "capacity_type": "CAPACITY_BLOCK",
    "capacity_reservation": RESERVED,
    "min_count": 2,
    "max_count": 2,
}

GOOD: dict[str, dict[str, Any]] = {
    "Capacity Block": BLOCK,
    "Capacity Block with EFA in another zone": {**BLOCK, "efa": True, "zones": ["us-east-1c"]},
    "reservation of one type": {
        "instance_types": ["c6i.4xlarge"],
        "capacity_reservation": RESERVED,
        "max_count": 64,
    },
    "reservation with EFA": {**MPI, "capacity_reservation": RESERVED},
    "group of reservations": {**CPUS, "capacity_reservation": GROUP},
    "group of reservations in all zones": {**CPUS, "capacity_reservation": GROUP, "zones": ZONES},
    "EFA without a placement group": {**MPI, "placement_group": False},
    "all zones": {**CPUS, "zones": ZONES},
    "spot in all zones": {**CPUS, "zones": ZONES, "capacity_type": "SPOT"},
    "scripts": {
        **CPUS,
        "scripts": [
            {"script": "s3://site/first.sh", "when": "start"},
            {"script": "s3://site/last.sh", "args": ["--size", 3]},
            {"script": "s3://site/more.sh"},
        ],
    },
    "tags": {**CPUS, "tags": {f"key-{number}": "value" for number in range(40)}},
    "GPUs that are tested": {"instance_types": ["g6.4xlarge"], "gpu_health_check": True},
    "parts of GPUs": {"instance_types": ["g6f.xlarge"]},
}

BAD: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a block without an id": (
        "P320",
        "CapacityTypeValidator",
        {**BLOCK, "capacity_reservation": None},
    ),
    "a block by its group": (
        "P320",
        "CapacityTypeValidator",
        {**BLOCK, "capacity_reservation": GROUP},
    ),
    "a block whose nodes stop": ("P320", "ComputeResourceSizeValidator", {**BLOCK, "min_count": 1}),
    "a block that starts empty": (
        "P320",
        "ComputeResourceSizeValidator",
        {**BLOCK, "min_count": 0},
    ),
    "a block of CPUs": (
        "P314",
        "CapacityTypeValidator",
        {**BLOCK, "instance_types": ["c6i.4xlarge"]},
    ),
    "a reservation in two zones": (
        "P321",
        "SingleInstanceTypeSubnetValidator",
        {"instance_types": ["c6i.4xlarge"], "capacity_reservation": RESERVED, "zones": ZONES},
    ),
    "EFA over zones": ("P323", "EfaMultiAzValidator", {**MPI, "zones": ZONES}),
    "a placement group over zones": (
        "P323",
        "MultiAzPlacementGroupValidator",
        {**CPUS, "placement_group": True, "zones": ZONES},
    ),
    "a zone twice": ("P109", "QueueSubnetsValidator", {**CPUS, "zones": ["us-east-1b"] * 2}),
    "41 tags": (
        "P312",
        "ComputeResourceTagsValidator",
        {**CPUS, "tags": {f"key-{number}": "value" for number in range(41)}},
    ),
    "a reserved tag": ("P312", "Schema", {**CPUS, "tags": {"parallelcluster:mine": "value"}}),
}


def seed_with(queue):
    written = {key: value for key, value in queue.items() if value is not None}
    tree = {
        "cluster": {"name": "lab", "region": "us-east-1"},
        "compute": {"head_node": "m7i.2xlarge", "queues": [{"name": "queue", **written}]},
        "network": {"ssh_from": ["192.0.2.0/24"], "zones": ZONES},
    }
    decoded = source.decode("seed.yaml", yaml.safe_dump(tree).encode())
    assert isinstance(decoded, source.Source)
    return load.inspect_source(decoded, environment={}).unwrap()


def codes(seed):
    return {problem.code for problem in check_seed(seed) if problem.is_error}


def refusals(oracle, seed):
    plan = make_plan(seed)
    return oracle.errors(cluster_config(plan, placeholders(plan)), plan.name, zones=IN_ZONES)


@pytest.mark.parametrize("queue", GOOD.values(), ids=GOOD)
def test_parallelcluster_takes_every_form_of_a_queue(parallelcluster, queue):
    seed = seed_with(queue)

    assert codes(seed) == set()
    assert refusals(parallelcluster, seed) == []


@pytest.mark.parametrize(("code", "validator", "queue"), BAD.values(), ids=BAD)
def test_what_petal_refuses_parallelcluster_would_refuse(parallelcluster, code, validator, queue):
    seed = seed_with(queue)

    assert code in codes(seed)
    assert any(f"ERROR {validator}: " in said for said in refusals(parallelcluster, seed))


def test_a_reservation_that_is_too_small_is_seen_by_parallelcluster_alone(parallelcluster):
    """Petal asks AWS nothing: a reservation here holds 64 nodes."""
    seed = seed_with({**BLOCK, "min_count": 65, "max_count": 65})

    assert codes(seed) == set()
    (refused,) = refusals(parallelcluster, seed)
    assert "CapacityReservationSizeValidator" in refused
