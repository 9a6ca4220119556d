"""Slurm 25.11 and 26.05 by their published schema: this is no live test, neither ran here."""

from __future__ import annotations

import json

import jsonschema
import pytest

from petal_constructs.templates.scaler import jobs, nodes
from petal_constructs.templates.scaler.demand import demand
from tests.need import need_oracles
from tests.scaler import clusters, records

SMALL, LARGE, GPU = "cpu-cpu4", "cpu-cpu16", "gpu-gpu8-cpu32"
NUMBERS = ("uint16_no_val_struct", "uint32_no_val_struct", "uint64_no_val_struct")


def _schema(version, kind):
    excerpt = json.loads(
        need_oracles(f"samples/slurmrestd/openapi-excerpt-{version}.json").read_text()
    )
    number = excerpt["uint64_no_val_struct"]
    schemas = {f"{version}_{name}": number for name in NUMBERS}
    schemas[f"{version}_csv_string"] = {"type": "array", "items": {"type": "string"}}
    return {
        "type": "object",
        # A key that no version has is a mistake of the test.
        "additionalProperties": False,
        "properties": excerpt[kind],
        "components": {"schemas": schemas},
    }


@pytest.fixture(params=["v0.0.44", "v0.0.45"])
def published(request):
    def validate(kind, record):
        jsonschema.validate(record, _schema(request.param, kind))
        return record

    return validate


def _needed(published, *job_records, node_records=()):
    waiting = jobs.waiting([published("job_info", r) for r in job_records], now=1000.0)
    found = [nodes.node(published("node", r), frozenset()) for r in node_records]
    counts = demand(clusters.as_seen(), found, waiting)
    return {name: count for name, count in counts.items() if count}


NUMBER = records.number


@pytest.mark.parametrize(
    ("changed", "needed"),
    [
        ({}, {SMALL: 1}),
        ({"nodes_wanted": 8}, {SMALL: 8}),
        ({"cpus_per_task": NUMBER(8), "cpus": 8, "tasks": 1}, {LARGE: 1}),
        ({"memory_per_cpu": NUMBER(None), "memory_per_node": NUMBER(14336)}, {LARGE: 1}),
        ({"memory_per_cpu": NUMBER(None), "memory_per_node": NUMBER(0)}, {SMALL: 1}),
        ({"features": LARGE}, {LARGE: 1}),
        ({"features": f"{SMALL}|{LARGE}"}, {SMALL: 1}),
        ({"features": f"{SMALL}&{LARGE}"}, {}),
        ({"features": f"[{SMALL}*2]"}, {SMALL: 1}),
        ({"partition": "gpu", "tres_per_node": "gres/gpu:2"}, {GPU: 1}),
        ({"partition": "gpu", "tres_per_job": "gres/gpu=16"}, {GPU: 2}),
        ({"partition": "gpu", "tres_per_task": "gres/gpu:a100=4", "cpus": 3}, {GPU: 2}),
        ({"partition": "gpu", "tres_per_node": "gres/gpu:9"}, {}),
        ({"array_task_string": "1-21:2", "cpus": 4}, {SMALL: 10}),
        ({"array_task_string": "1-21:2%3", "array_max_tasks": NUMBER(3), "cpus": 4}, {SMALL: 3}),
        ({"hold": True}, {}),
        ({"priority": NUMBER(0)}, {}),
        ({"dependency": "afterok:7(unfulfilled)"}, {}),
        ({"eligible_time": NUMBER(1001)}, {}),
        ({"state_reason": "QOSMaxNodePerUserLimit"}, {}),
        ({"state_reason": "AssocGrpCpuLimit"}, {}),
        ({"state_reason": "ReqNodeNotAvail"}, {SMALL: 1}),
        ({"state_reason": "PartitionConfig"}, {SMALL: 1}),
        ({"job_state": ["PENDING", "REQUEUED"]}, {SMALL: 1}),
        ({"job_state": ["PENDING", "REQUEUE_HOLD"]}, {}),
        ({"job_state": ["COMPLETED"]}, {}),
        ({"partition": "elsewhere"}, {}),
        ({"required_nodes": f"{LARGE}-3"}, {LARGE: 1}),
        ({"nodes_wanted": 11}, {}),
    ],
    ids=str,
)
def test_what_a_job_of_the_newest_slurm_needs(published, changed, needed):
    assert _needed(published, records.job(**changed)) == needed


def test_a_live_node_of_a_larger_size_comes_before_a_new_one(published):
    large = records.node(f"{LARGE}-0")

    assert _needed(published, records.job(), node_records=[large]) == {LARGE: 1}


def test_an_array_gets_what_its_limit_leaves_beside_the_tasks_that_run(published):
    array = {"array_job_id": NUMBER(1), "array_max_tasks": NUMBER(3), "cpus": 4}
    tasks = [records.running(n, "", **array) for n in (2, 3)]
    rest = records.job(1, array_task_string="3-9%3", **array)

    assert _needed(published, *tasks, rest) == {SMALL: 1}


def test_cpus_left_here_and_there_are_no_use_to_a_job_that_takes_few_nodes(published):
    pods = [records.node(f"{SMALL}-{n}", state=["MIXED"], alloc_cpus=3) for n in range(2)]
    job = records.job(nodes_wanted=2, cpus=8, max_nodes=NUMBER(2))

    assert _needed(published, job, node_records=pods) == {SMALL: 4}


def test_exclusive_jobs_do_not_share(published):
    pair = [records.job(n, shared=["none"]) for n in (1, 2)]

    assert _needed(published, *pair) == {SMALL: 2}


def test_jobs_of_one_user_share_what_no_other_may(published):
    mine = [records.job(n, shared=["user"]) for n in (1, 2)]
    other = records.job(3, user_name="bob", shared=["user"])

    assert _needed(published, *mine, other, records.job(4)) == {SMALL: 3}


def test_all_parts_of_a_heterogeneous_job_count_or_none(published):
    first = records.job(1, het_job_id=NUMBER(1))
    second = records.job(2, het_job_id=NUMBER(1), features=LARGE)
    held = records.job(2, het_job_id=NUMBER(1), features=LARGE, hold=True)

    assert _needed(published, first, second) == {SMALL: 1, LARGE: 1}
    assert _needed(published, first, held) == {}


def test_a_pod_has_the_memory_of_its_limit_not_of_its_host(published):
    pod = records.node(f"{SMALL}-0")
    job = records.job(memory_per_cpu=NUMBER(None), memory_per_node=NUMBER(8000))
    too_much = records.job(memory_per_cpu=NUMBER(None), memory_per_node=NUMBER(8001))

    assert _needed(published, job, node_records=[pod]) == {SMALL: 1}
    assert _needed(published, too_much, node_records=[pod]) == {LARGE: 1}


def test_free_gpus_of_a_node_are_used(published):
    node = records.node(
        f"{GPU}-0",
        state=["MIXED", "DYNAMIC_NORM"],
        effective_cpus=32,
        real_memory=136000,
        gres="gpu:a100:8(S:0-1)",
        gres_used="gpu:a100:6(IDX:0-3,6-7)",
        alloc_cpus=6,
    )
    two = records.job(partition="gpu", tres_per_job="gres/gpu:2")

    assert _needed(published, two, node_records=[node]) == {GPU: 1}
    assert _needed(published, two, records.job(2, **_gpu(1)), node_records=[node]) == {GPU: 2}


def _gpu(count):
    return {"partition": "gpu", "tres_per_job": f"gres/gpu:{count}"}


@pytest.mark.parametrize(
    "flag",
    ["DRAIN", "DOWN", "NOT_RESPONDING", "INVALID_REG", "FAIL", "RESERVED", "POWERING_DOWN"],
)
def test_a_node_in_trouble_offers_no_room_but_counts_while_busy(published, flag):
    idle = records.node(f"{SMALL}-0", state=["IDLE", flag])
    busy = records.node(f"{SMALL}-0", state=["MIXED", flag], alloc_cpus=1)

    assert _needed(published, node_records=[idle]) == {}
    assert _needed(published, records.job(), node_records=[idle]) == {SMALL: 1}
    assert _needed(published, node_records=[busy]) == {SMALL: 1}
    assert _needed(published, records.job(), node_records=[busy]) == {SMALL: 2}
