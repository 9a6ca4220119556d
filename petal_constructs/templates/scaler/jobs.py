"""What a job wants, read from the records of slurmrestd, whose shapes differ by version.

Up to v0.0.38 (Slurm 22.05) a number is an integer or null and a state is a word; from v0.0.40 on a
number is `{set, infinite, number}` and a state is a list of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

Record = Mapping[str, Any]

ACTIVE: Final = {"RUNNING", "SUSPENDED", "COMPLETING", "CONFIGURING", "STAGE_OUT", "SIGNALING"}
"""States of jobs that hold nodes."""
_WAITS: Final = re.compile(
    r"JobHeld|JobHold|BeginTime|Dependency|JobArrayTaskLimit|Licenses|Reservation|BadConstraints"
    r"|Assoc|QOS|Max\w+Per|Invalid(Account|QOS)|Account|DeadLine|Partition(Down|Inactive|TimeLimit)"
)
"""Reasons that more nodes do not cure, by how they begin. Source: job_state_reason.c of Slurm."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What of a job counts towards the limits of its account. Memory in MiB."""

    cpus: int = 0
    memory_mib: int = 0
    gpus: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What one job, or one task of an array, must get at once. Memory in MiB."""

    partitions: tuple[str, ...]
    nodes: int
    """At least so many, as the user asked."""
    max_nodes: int | None
    tasks: int
    cpus_per_task: int
    cpus_per_node: int
    """A node with fewer CPUs to give is of no use."""
    tasks_per_node: int | None
    memory_per_cpu: int | None
    memory_per_node: int | None
    """Where both are None, all that the node has."""
    gpus: int
    """In all."""
    gpus_per_node: int
    gpus_per_task: int
    exclusive: bool
    owner: str
    """Only this user's jobs may share its nodes; empty if anybody's may."""
    one_thread: bool
    """Uses one thread of each core."""
    features: str
    required: frozenset[str]
    excluded: frozenset[str]
    account: str
    resources: Resources


@dataclass(frozen=True, slots=True)
class Waiting:
    """Requests alike that only lack nodes."""

    job: int
    priority: int
    request: Request
    copies: int


def number(value: Any) -> int | None:
    """A number of any version; None if it is unset or unlimited."""
    if isinstance(value, Mapping):
        return int(value["number"]) if value.get("set") and not value.get("infinite") else None
    return None if value is None else int(value)


def words(value: Any) -> frozenset[str]:
    """A state or a list of names: upper case."""
    listed = [value] if isinstance(value, str) else value or ()
    return frozenset(str(word).upper() for word in listed)


def gpus(resources: Any) -> int:
    """`gres:gpu:a100:2`, `gres/gpu=2`, `gpu:2(S:0-1)` -> 2."""
    total = 0
    for found in re.finditer(r"\bgpu(?![\w-])((?:[:=/][^:=,/()]+)*)", resources or ""):
        last = re.split("[:=/]", found[1])[-1]
        total += int(last) if last.isdigit() else 1
    return total


_MIB: Final = {"": 1, "K": 1 / 1024, "M": 1, "G": 1024, "T": 1024**2, "P": 1024**3}


def resources(text: Any) -> Resources:
    """`cpu=8,mem=1.50G,node=1,billing=8,gres/gpu=2` -> 8 CPUs, 1536 MiB, 2 GPUs."""
    found = dict(part.partition("=")[::2] for part in (text or "").split(","))
    memory = re.fullmatch(r"([\d.]+)([KMGTP]?)", found.get("mem", "0"))
    return Resources(
        int(found.get("cpu", 0)),
        int(float(memory[1]) * _MIB[memory[2]]) if memory else 0,
        int(found.get("gres/gpu", 0)),
    )


def hosts(expression: Any) -> frozenset[str]:
    """`a-[0-2,5],b-0` -> a-0 a-1 a-2 a-5 b-0."""
    names: set[str] = set()
    for prefix, ranges in re.findall(r"([^,\[\]]+)(?:\[([^\]]*)\])?", expression or ""):
        if not ranges:
            names.add(prefix)
        for part in filter(None, ranges.split(",")):
            first, _, last = part.partition("-")
            numbers = range(int(first), int(last or first) + 1)
            names |= {f"{prefix}{n:0{len(first)}d}" for n in numbers}
    return frozenset(names)


def array_tasks(expression: str) -> int:
    """`1-20%3`, `1-21:2`, `1,5,9`, `1,5,...` -> how many tasks, at least."""
    count = 0
    for part in expression.partition("%")[0].split(","):
        found = re.fullmatch(r"(\d+)(?:-(\d+)(?::(\d+))?)?", part)
        # Whatever cannot be read, such as a list that was cut, is one task more.
        count += 1 if not found else _in_range(*found.groups())
    return count


def _in_range(first: str, last: str | None, step: str | None) -> int:
    return (int(last or first) - int(first)) // max(1, int(step or 1)) + 1


def waiting(records: Iterable[Record], now: float) -> list[Waiting]:
    """Jobs that would run if there were nodes, the most important first."""
    records = list(records)
    ready = [record for record in records if is_ready(record, now)]
    # All parts of a heterogeneous job start together or not at all.
    parts = _het_parts(record for record in records if is_pending(record))
    complete = {job for job, count in _het_parts(ready).items() if count == parts[job]}
    found = [
        Waiting(
            int(record["job_id"]),
            number(record.get("priority")) or 0,
            request(record),
            _copies(record, records),
        )
        for record in ready
        if not _het_id(record) or _het_id(record) in complete
    ]
    return sorted(found, key=lambda waiting: (-waiting.priority, waiting.job))


def is_ready(record: Record, now: float) -> bool:
    """Whether a job waits for nothing but nodes."""
    if not is_pending(record) or "REQUEUE_HOLD" in words(record["job_state"]):
        return False
    if record.get("hold") is True or number(record.get("priority")) == 0:
        return False
    if re.search(r"\((unfulfilled|failed)\)", record.get("dependency") or ""):
        return False
    # 0 is unknown, not never.
    if (number(record.get("eligible_time")) or 0) > now:
        return False
    return not _WAITS.match(record.get("state_reason") or "")


def request(record: Record) -> Request:
    """What a pending job asks for."""
    cpus = number(record["cpus"]) or 1
    asked = re.search(r"(?:^|,)node=(\d+)", record.get("tres_req_str") or "")
    nodes = int(asked[1]) if asked else 1
    tasks = max(number(record.get("tasks")) or 1, nodes)
    shared = words(record.get("shared"))
    return Request(
        partitions=tuple(str(record["partition"]).split(",")),
        nodes=nodes,
        max_nodes=number(record.get("max_nodes")) or None,
        tasks=tasks,
        cpus_per_task=number(record.get("cpus_per_task")) or ceil(cpus / tasks),
        cpus_per_node=number(record.get("minimum_cpus_per_node")) or 1,
        tasks_per_node=number(record.get("tasks_per_node")) or None,
        memory_per_cpu=number(record.get("memory_per_cpu")) or None,
        memory_per_node=number(record.get("memory_per_node")) or None,
        gpus=gpus(record.get("tres_per_job")),
        gpus_per_node=max(gpus(record.get("tres_per_node")), gpus(record.get("tres_per_socket"))),
        gpus_per_task=gpus(record.get("tres_per_task")),
        exclusive="NONE" in shared,
        owner=str(record.get("user_name") or "") if "USER" in shared else "",
        one_thread=number(record.get("threads_per_core")) == 1,
        features=record.get("features") or "",
        required=hosts(record.get("required_nodes")),
        excluded=hosts(record.get("excluded_nodes")),
        account=str(record.get("account") or ""),
        resources=resources(record.get("tres_req_str")),
    )


def is_active(record: Record) -> bool:
    """Whether a job holds nodes."""
    return bool(words(record["job_state"]) & ACTIVE)


def is_pending(record: Record) -> bool:
    """Whether a job has not started."""
    return "PENDING" in words(record["job_state"])


def _het_id(record: Record) -> int:
    return number(record.get("het_job_id")) or 0


def _het_parts(records: Iterable[Record]) -> dict[int, int]:
    parts: dict[int, int] = {}
    for record in records:
        parts[_het_id(record)] = parts.get(_het_id(record), 0) + 1
    return parts


def _copies(record: Record, records: list[Record]) -> int:
    """Tasks of an array that may start, or 0 and less; 1 for any other job."""
    tasks = record.get("array_task_string")
    if not tasks:
        return 1
    limit = number(record.get("array_max_tasks")) or 0
    if not limit:
        return array_tasks(tasks)
    array = number(record.get("array_job_id"))
    running = sum(number(r.get("array_job_id")) == array and is_active(r) for r in records)
    return min(array_tasks(tasks), limit - running)
