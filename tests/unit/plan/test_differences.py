from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from petal_constructs.plan.differences import Comparison, Difference, differences
from petal_constructs.plan.tables import Table


def cluster(*rows, name="bio"):
    return Table(f"cluster {name}", ("what", "how"), rows)


def queues(*rows, heading="each node"):
    return Table("queues", ("queue", "nodes", heading), rows)


def test_what_is_the_same_is_left_out():
    sides = [(cluster(("region", "us-east-1"), ("runs on", runs)),) for runs in ("EC2", "EKS")]

    assert differences(*sides) == (Difference("cluster: runs on", "EC2", "EKS"),)


def test_a_row_of_one_side_is_told_whole():
    first = (queues(("compute", "0-4", "8 vCPU"), ("", "", "16 vCPU")),)

    assert differences(first, (queues(),)) == (
        Difference("queues: compute", "0-4, 8 vCPU; 16 vCPU", None),
    )


def test_a_table_of_one_side_is_told_row_by_row():
    software = Table("software", ("package", "from"), (("bwa", "Spack"), ("gatk", "Spack")))

    assert differences((), (software,)) == (
        Difference("software: bwa", None, "Spack"),
        Difference("software: gatk", None, "Spack"),
    )


def test_cells_are_compared_by_column_under_both_headings():
    first = (queues(("compute", "0-4", "32 GiB")),)
    second = (queues(("compute", "0-4", "27 GiB"), heading="jobs get"),)

    assert differences(first, second) == (
        Difference("queues: compute, each node / jobs get", "32 GiB", "27 GiB"),
    )


def test_a_queue_of_several_sizes_is_one_thing():
    first = (queues(("memory", "0-2", "16 vCPU"), ("", "0-2", "32 vCPU")),)
    second = (queues(("memory", "0-4", "16 vCPU"), ("", "", "32 vCPU")),)

    assert differences(first, second) == (Difference("queues: memory, nodes", "0-2; 0-2", "0-4"),)


def test_two_clusters_are_compared_whatever_they_are_called():
    sides = [(cluster(("region", name), name=name),) for name in ("one", "two")]

    assert differences(*sides) == (Difference("cluster: region", "one", "two"),)


def test_a_column_that_one_side_lacks_is_a_difference():
    wide = Table("data", ("folder", "from", "access"), (("/home", "EFS", "read"),))
    narrow = Table("data", ("folder", "from"), (("/home", "EFS"),))

    assert differences((wide,), (narrow,)) == (Difference("data: /home, access / -", "read", None),)


def test_what_a_side_does_not_have_is_a_dash_in_the_table():
    found = Comparison("here", "there", (Difference("tag", None, "a = b"),))

    assert found.table.columns == ("what", "here", "there")
    assert found.table.rows == (("tag", "-", "a = b"),)


CELLS = st.sampled_from(["", "a", "b"])
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=4).map(
    lambda rows: (Table("queues", ("queue", "nodes", "size"), tuple(rows)),)
)


@given(TABLES)
def test_nothing_differs_from_itself(tables):
    assert differences(tables, tables) == ()


@given(TABLES, TABLES)
def test_the_other_way_round_the_same_things_differ(first, second):
    there = {(d.what, d.first, d.second) for d in differences(first, second)}
    back = {(d.what, d.second, d.first) for d in differences(second, first)}

    assert there == back
