"""Jobs and nodes as slurmrestd v0.0.44 gives them."""

from __future__ import annotations


def number(value):
    return {"set": value is not None, "infinite": False, "number": value or 0}


def job(job_id=1, **changed):
    """One pending task on one CPU of queue cpu; `cpus`, `nodes_wanted` and so on change it."""
    nodes = changed.pop("nodes_wanted", 1)
    cpus = changed.pop("cpus", nodes)
    record = {
        "job_id": job_id,
        "job_state": ["PENDING"],
        "state_reason": "Resources",
        "partition": "cpu",
        "priority": number(1000 - job_id),
        "hold": False,
        "dependency": "",
        "eligible_time": number(0),
        "cpus": number(cpus),
        "tasks": number(changed.pop("tasks", cpus)),
        "cpus_per_task": number(None),
        "minimum_cpus_per_node": number(1),
        "tasks_per_node": number(None),
        "node_count": number(nodes),
        "max_nodes": number(0),
        "tres_req_str": f"cpu={cpus},mem=2000M,node={nodes},billing={cpus}",
        "memory_per_cpu": number(2000),
        "memory_per_node": number(None),
        "shared": [],
        "features": "",
        "nodes": "",
        "array_job_id": number(0),
        "array_task_id": number(None),
        "array_max_tasks": number(0),
        "array_task_string": "",
        "het_job_id": number(0),
        "threads_per_core": number(None),
        "tres_per_job": "",
        "tres_per_node": "",
        "tres_per_socket": "",
        "tres_per_task": "",
        "required_nodes": "",
        "excluded_nodes": "",
        "user_name": "alice",
        "account": "",
        "tres_alloc_str": "",
    }
    assert changed.keys() <= record.keys()
    return record | changed


def running(job_id, nodes, **changed):
    return job(job_id, job_state=["RUNNING"], nodes=nodes, state_reason="None", **changed)


def node(name, *, state=("IDLE", "DYNAMIC_NORM"), alloc_cpus=0, alloc_memory=0, **changed):
    """A small node of queue cpu in a pod that may use 8000 of its host's 16000 MiB."""
    record = {
        "name": name,
        "state": list(state),
        "features": [name.rpartition("-")[0]],
        "active_features": [name.rpartition("-")[0]],
        "cpus": 4,
        "effective_cpus": 4,
        "threads": 1,
        "real_memory": 16000,
        "specialized_memory": 8000,
        "alloc_cpus": alloc_cpus,
        "alloc_memory": alloc_memory,
        "gres": "",
        "gres_used": "",
        "owner": "",
    }
    assert changed.keys() <= record.keys()
    return record | changed


def answer(what, records):
    return {what: records, "errors": [], "warnings": [], "last_update": number(1)}
