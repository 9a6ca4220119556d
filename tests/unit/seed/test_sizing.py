"""max_count caps a queue, however many sizes of nodes it has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from petal_constructs.plan import sizes
from petal_constructs.platforms.parallelcluster import sizing
from petal_constructs.seed.compute import Queue

TYPES = ["c5.xlarge", "c5.4xlarge", "c5.9xlarge", "c5a.4xlarge", "m5.4xlarge", "g5.4xlarge"]


def _resources(types, **counts):
    return sizing.compute_resources(Queue(name="q", instance_types=tuple(types), **counts))


def test_the_remainder_goes_to_the_first_sizes():
    assert sizing.split_evenly(7, 3) == [3, 2, 2]


def test_kept_nodes_fill_the_most_wanted_size_first():
    assert sizes.fill_in_order(5, [3, 2, 2]) == [3, 2, 0]


def test_types_of_equal_size_share_one_cap():
    resources = _resources(["c5.4xlarge", "c5.9xlarge", "c5a.4xlarge"], max_count=5, min_count=4)

    shown = [(r.name, r.instance_types, r.min_count, r.max_count) for r in resources]
    assert shown == [
        ("cpu16", ("c5.4xlarge", "c5a.4xlarge"), 3, 3),
        ("cpu36", ("c5.9xlarge",), 1, 2),
    ]


def test_gpus_make_another_size():
    assert [r.name for r in _resources(["c5.4xlarge", "g5.4xlarge"])] == ["cpu16", "gpu1-cpu16"]


def test_a_name_does_not_change_when_a_type_joins():
    before = _resources(["c5.4xlarge"])
    after = _resources(["c5.4xlarge", "m5.4xlarge", "c5a.4xlarge"])

    assert [r.name for r in before] == [r.name for r in after]


@given(
    types=st.lists(st.sampled_from(TYPES), min_size=1, unique=True),
    most=st.integers(0, 1000),
    data=st.data(),
)
def test_counts_add_up_exactly_and_least_fits_under_most(types, most, data):
    least = data.draw(st.integers(0, most))

    resources = _resources(types, min_count=least, max_count=most)

    assert sum(r.max_count for r in resources) == most
    assert sum(r.min_count for r in resources) == least
    assert all(0 <= r.min_count <= r.max_count for r in resources)
