"""Answers that Slurm 22.05 really gave (v0.0.36 and v0.0.38), read and counted."""

from __future__ import annotations

import json

import pytest

from petal_constructs.templates.scaler import jobs, nodes
from petal_constructs.templates.scaler.demand import demand
from tests.need import need_oracles
from tests.scaler import clusters

# Of the recorded cluster: sizes `small`, `large` and `gpu`, queues cpu and gpu.
RECORDED = clusters.cluster(
    clusters.queue(
        "cpu",
        clusters.node_set("small", 4, 4, 8000),
        clusters.node_set("large", 16, 16, 64000, most=10),
    ),
    clusters.queue("gpu", clusters.node_set("gpu", 32, 32, 128000, gpus=8, most=4)),
)
WHEN = 1795372720.0
READY = {
    6: 5, 7: 1, 8: 1, 9: 1, 10: 1, 12: 1, 14: 1, 15: 1, 19: 1, 24: 1, 25: 1, 26: 1, 27: 1, 28: 1,
    29: 1, 30: 1, 31: 1,
}  # fmt: skip
"""Job and copies. Not ready: array 5 runs as many tasks as it may, 17 is held, 18 begins later, 23
depends on another."""


def recorded(what, version):
    return json.loads(need_oracles(f"samples/slurmrestd/{what}-22.05-{version}.json").read_text())[
        what
    ]


@pytest.fixture(params=["v0.0.36", "v0.0.38"])
def version(request):
    return request.param


@pytest.fixture
def waiting(version):
    return {w.job: w for w in jobs.waiting(recorded("jobs", version), WHEN)}


def test_what_waits_for_nodes_alone_is_found(waiting):
    found = {job: w.copies for job, w in waiting.items() if w.copies > 0}

    assert found == READY


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (6, {"tasks": 1, "cpus_per_task": 4, "nodes": 1}),
        (7, {"memory_per_node": 14336, "memory_per_cpu": None, "cpus_per_task": 4}),
        (8, {"features": "large"}),
        (9, {"nodes": 8, "max_nodes": 8, "tasks": 8}),
        (10, {"exclusive": True, "nodes": 2}),
        (12, {"cpus_per_task": 2, "tasks": 4, "nodes": 1, "max_nodes": None}),
        (14, {"gpus": 16, "gpus_per_node": 0}),
        (15, {"gpus_per_node": 8, "nodes": 2}),
        (24, {"partitions": ("cpu", "gpu"), "tasks": 40}),
        (25, {"required": frozenset({"small-0"})}),
        (28, {"tasks_per_node": 4, "cpus_per_task": 1, "nodes": 3}),
        (29, {"nodes": 2, "max_nodes": 6, "tasks": 40}),
        (30, {"exclusive": False, "owner": ""}),
        (31, {"memory_per_cpu": None, "memory_per_node": None}),
    ],
    ids=str,
)
def test_what_a_recorded_job_asks_for(waiting, job, expected):
    request = waiting[job].request

    assert {name: getattr(request, name) for name in expected} == expected


def test_a_job_that_begins_later_counts_then_whatever_its_reason_was(version):
    later = [r | {"state_reason": "None"} for r in recorded("jobs", version) if r["job_id"] == 18]

    assert jobs.waiting(later, WHEN) == []
    assert [w.job for w in jobs.waiting(later, WHEN + 7200)] == [18]


def test_recorded_nodes_are_read():
    found = {n.name: n for n in (nodes.node(r, frozenset()) for r in recorded("nodes", "v0.0.38"))}

    assert {name: (n.busy, n.usable, n.cpus, n.gpus) for name, n in found.items()} == {
        "gpu-0": (True, True, 27, 2),
        "small-0": (True, True, 0, 0),
        "small-1": (True, True, 0, 0),
    }
    assert found["gpu-0"].memory_mib == 118500


def test_the_recorded_queue_fills_its_maximum():
    found = [nodes.node(record, frozenset()) for record in recorded("nodes", "v0.0.38")]
    waiting = jobs.waiting(recorded("jobs", "v0.0.38"), WHEN)

    needed = demand(clusters.as_seen(RECORDED), found, waiting)

    assert needed["small"] + needed["large"] == 10
    # Job 14 takes the two GPUs that are free and two new nodes; job 15 needs two whole ones more.
    assert needed["gpu"] == 3
