"""What holds for any queue, any nodes and any jobs."""

from __future__ import annotations

import dataclasses
import time

from hypothesis import given
from hypothesis import strategies as st

from petal_constructs.templates.scaler import jobs, nodes
from petal_constructs.templates.scaler.demand import demand
from petal_constructs.templates.scaler.node_sets import NodeSet
from petal_constructs.templates.scaler.scaler import _within_maximum
from tests.scaler import records

SIZES = ("cpu-a", "cpu-b", "cpu-c")


@st.composite
def queues(draw):
    """Up to three sizes of one queue, minimum in the order of the seed."""
    most = draw(st.integers(1, 12))
    least = draw(st.integers(0, most))
    found = []
    for order, name in enumerate(SIZES[: draw(st.integers(1, 3))]):
        threads = draw(st.sampled_from([1, 2]))
        cpus = threads * draw(st.integers(1, 16))
        found.append(
            NodeSet(
                name=name,
                queue="cpu",
                replicas=draw(st.integers(0, most)),
                pods=0,
                cpus=cpus,
                threads_per_core=threads,
                memory_mib=draw(st.sampled_from([1000, 2000])) * cpus,
                gpus=draw(st.sampled_from([0, 0, 4])),
                min=least if order == 0 else 0,
                max=most,
                order=order,
            )
        )
    return found


@st.composite
def live(draw, node_sets):
    """Some nodes of these sizes, free, partly or wholly in use, or in trouble."""
    found = []
    for node_set in node_sets:
        for n in range(draw(st.integers(0, 4))):
            taken = draw(st.integers(0, node_set.cpus))
            trouble = draw(st.sampled_from([[], [], [], ["DRAIN"], ["DOWN"]]))
            record = records.node(
                f"{node_set.name}-{n}",
                state=["MIXED" if taken else "IDLE", *trouble],
                cpus=node_set.cpus,
                effective_cpus=node_set.cpus,
                threads=node_set.threads_per_core,
                real_memory=node_set.memory_mib,
                specialized_memory=0,
                alloc_cpus=taken,
                alloc_memory=taken * (node_set.memory_mib // node_set.cpus),
                gres=f"gpu:{node_set.gpus}",
            )
            found.append(nodes.node(record, frozenset()))
    return found


requests = st.builds(
    lambda job_id, tasks, cpus, wanted, most, memory, gpus, exclusive, array: records.job(
        job_id,
        tasks=max(tasks, wanted),
        cpus=max(tasks, wanted) * cpus,
        nodes_wanted=wanted,
        max_nodes=records.number(wanted if most else 0),
        memory_per_cpu=records.number(memory),
        tres_per_node=f"gres/gpu:{gpus}" if gpus else "",
        shared=["none"] if exclusive else [],
        array_task_string=f"1-{array}" if array else "",
    ),
    st.integers(1, 50),
    st.integers(1, 40),
    st.integers(1, 8),
    st.integers(1, 6),
    st.booleans(),
    st.sampled_from([None, 100, 900, 1900]),
    st.sampled_from([0, 0, 0, 1, 4]),
    st.booleans(),
    st.sampled_from([0, 0, 3, 30]),
)
worlds = queues().flatmap(
    lambda sizes: st.tuples(st.just(sizes), live(sizes), st.lists(requests, max_size=12))
)


def _busy(found, node_set):
    return sum(n.busy and node_set.name.upper() in n.features for n in found)


@given(worlds)
def test_never_fewer_than_are_busy_never_more_than_the_queue_may_have(world):
    sizes, found, wanted = world

    needed = demand(sizes, found, jobs.waiting(wanted, now=0))

    busy = {size.name: _busy(found, size) for size in sizes}
    assert all(needed[name] >= count for name, count in busy.items())
    assert sum(needed.values()) <= max(sizes[0].max, sum(busy.values()))


@given(worlds)
def test_the_minimum_is_kept_wherever_busy_nodes_leave_room(world):
    sizes, found, wanted = world
    floors = {size.name: max(size.min, _busy(found, size)) for size in sizes}

    needed = demand(sizes, found, jobs.waiting(wanted, now=0))

    if sum(floors.values()) <= sizes[0].max:
        assert all(needed[name] >= least for name, least in floors.items())


@given(worlds, requests)
def test_a_job_more_takes_no_node_away(world, more):
    sizes, found, wanted = world
    waiting = jobs.waiting(wanted, now=0)
    last = dataclasses.replace(jobs.waiting([more], now=0)[0], priority=-1)

    before = demand(sizes, found, waiting)
    after = demand(sizes, found, [*waiting, last])

    assert all(after[name] >= count for name, count in before.items())


@given(queues(), requests)
def test_a_job_alone_gets_room_whenever_one_size_can_hold_it(sizes, wanted):
    (waiting,) = jobs.waiting([wanted | {"array_task_string": ""}], now=0)

    needed = demand([dataclasses.replace(size, min=0) for size in sizes], [], [waiting])

    assert (sum(needed.values()) > 0) == any(_holds(size, waiting.request) for size in sizes)
    assert sum(needed.values()) == 0 or sum(map(bool, needed.values())) == 1


def _holds(size, request):
    """The same question, by arithmetic on equal empty nodes."""
    if request.gpus_per_node > size.gpus or request.cpus_per_task > size.cpus:
        return False
    per_node = size.cpus
    if request.memory_per_cpu:
        per_node = min(per_node, size.memory_mib // request.memory_per_cpu)
    per_node = per_node // size.threads_per_core * size.threads_per_core // request.cpus_per_task
    if not per_node:
        return False
    count = max(request.nodes, -(-request.tasks // per_node))
    return count <= min(size.max, request.max_nodes or size.max)


@given(worlds, st.lists(st.integers(0, 12), min_size=3, max_size=3))
def test_what_is_kept_a_while_stays_within_the_maximum_too(world, kept):
    sizes, found, wanted = world
    needed = demand(sizes, found, jobs.waiting(wanted, now=0))

    asked = _within_maximum(sizes, needed, dict(zip(SIZES, kept, strict=True)))

    assert all(asked[name] >= count for name, count in needed.items())
    assert sum(asked.values()) <= max(sizes[0].max, sum(needed.values()))


def test_two_sizes_that_are_kept_share_the_maximum():
    sizes = [NodeSet(n, "cpu", 5, 5, 4, 1, 8000, 0, 0, 5, o) for o, n in enumerate("ab")]

    assert _within_maximum(sizes, {"a": 1, "b": 0}, {"a": 3, "b": 5}) == {"a": 3, "b": 2}


def test_ten_thousand_jobs_are_counted_in_the_time_of_a_round():
    size = NodeSet("cpu-a", "cpu", 0, 0, 96, 2, 192000, 0, 0, 500, 0)
    wanted = [
        records.job(n, tasks=1 + n % 7, cpus=1 + n % 7, max_nodes=records.number(n % 2))
        for n in range(10_000)
    ]
    live = [
        nodes.node(records.node(f"cpu-a-{n}", cpus=96, effective_cpus=96), frozenset())
        for n in range(250)
    ]

    start = time.process_time()
    needed = demand([size], live, jobs.waiting(wanted, now=0))

    assert time.process_time() - start < 10
    assert 250 < needed["cpu-a"] <= 500
