"""Each limit that has a number: petal and ParallelCluster take so much, and neither takes more."""

from __future__ import annotations

from typing import Any

import pytest

from petal_constructs.catalog.parallelcluster import FACTS
from tests.oracles.test_agreement import GOOD, changed, judged

pytestmark = pytest.mark.oracle

Part = dict[str, Any]


def queues(count: int) -> Part:
    return {"compute": {"queues": [{"name": f"q{n}", "max_count": 1} for n in range(count)]}}


def pools(count: int) -> Part:
    nodes = [{"name": f"login{n}", "instance_type": "m6i.large"} for n in range(count)]
    return {"compute": {"login_nodes": nodes}}


def volumes(count: int) -> Part:
    """Beside the software's own, which every cluster has."""
    kinds = {"type": "ebs", "size_gib": 100}
    return {
        "data": {
            "shared": [
                {"name": f"v{n}", "mount_point": f"/v{n}", **kinds} for n in range(count - 1)
            ]
        }
    }


def file_systems(count: int) -> Part:
    shared = [{"name": f"f{n}", "mount_point": f"/f{n}", "type": "efs"} for n in range(count)]
    return {"data": {"shared": shared}}


def tags(count: int) -> Part:
    return {"cluster": {"tags": {f"tag{n}": "value" for n in range(count)}}}


def nodes_of_a_small_head_node(count: int) -> Part:
    return {"compute": {"head_node": "c5.large", "queues": [{"max_count": count}]}}


def name_with_a_database(length: int) -> Part:
    return {"accounting": True, "cluster": {"name": "n" * length}}


def volume_of(size_gib: int) -> Part:
    volume = {"name": "v", "mount_point": "/v", "type": "ebs", "size_gib": size_gib}
    return {"data": {"shared": [volume]}}


MEMORY = FACTS.head_node_memory
NODES_OF_FOUR_GIB = round((4 - MEMORY.operating_system_gib) * MEMORY.nodes_per_gib)
STORAGE = FACTS.storage
LIMITS = [
    (queues, FACTS.limits.queues, "P306"),
    (pools, FACTS.limits.login_pools, "P352"),
    (volumes, STORAGE.ebs_volumes, "P332"),
    (file_systems, STORAGE.existing_efs, "P332"),
    (tags, FACTS.limits.tags, "P312"),
    (nodes_of_a_small_head_node, NODES_OF_FOUR_GIB, "P305"),
    (name_with_a_database, FACTS.names.cluster_max_length_with_database, "P351"),
    (volume_of, STORAGE.ebs_volume_largest_gib, "P331"),
]


@pytest.mark.parametrize(
    ("part", "most", "code"), LIMITS, ids=lambda value: str(getattr(value, "__name__", value))
)
def test_both_take_as_much_and_neither_takes_more(parallelcluster, tmp_path, part, most, code):
    codes, errors = judged(tmp_path, changed(GOOD, part(most)), parallelcluster)
    assert (codes, errors) == (set(), [])

    codes, errors = judged(tmp_path, changed(GOOD, part(most + 1)), parallelcluster)
    assert codes == {code}
    assert errors


def test_both_take_the_smallest_volume_and_neither_takes_less(parallelcluster, tmp_path):
    least = STORAGE.ebs_volume_smallest_gib

    assert judged(tmp_path, changed(GOOD, volume_of(least)), parallelcluster) == (set(), [])
    codes, errors = judged(tmp_path, changed(GOOD, volume_of(least - 1)), parallelcluster)
    assert codes == {"P331"}
    assert errors


@pytest.mark.parametrize(
    "part",
    [
        {"cluster": {"name": "n" * FACTS.names.cluster_max_length}},
        {"compute": {"queues": [{"name": "q" * FACTS.names.queue_max_length}]}},
        {"compute": {"login_nodes": [{"name": "l" * 25, "instance_type": "m6i.large"}]}},
        {"data": {"shared": [{"name": "s" * 25, "type": "efs", "mount_point": "/s"}]}},
        {"cluster": {"tags": {"k" * FACTS.limits.tag_key_max_length: "v" * 256}}},
    ],
    ids=["cluster", "queue", "login nodes", "storage", "tag"],
)
def test_the_longest_names_of_a_seed_are_taken(parallelcluster, tmp_path, part):
    """Longer ones have no form of a seed: P105 and P108 say so before any platform is asked."""
    assert judged(tmp_path, changed(GOOD, part), parallelcluster) == (set(), [])
