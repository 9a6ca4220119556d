"""Options -> what a job asks for, in numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from petal_constructs.jobs import numbers
from petal_constructs.jobs.findings import Finding, Spot, change
from petal_constructs.jobs.options import Option

_READERS: Final[Mapping[str, tuple[Callable[[str], Any], str]]] = {
    **dict.fromkeys(
        ("ntasks", "cpus-per-task", "ntasks-per-node", "tasks-per-node", "cpus-per-gpu"),
        (numbers.positive, "a number of 1 or more"),
    ),
    **dict.fromkeys(("mincpus", "ntasks-per-gpu"), (numbers.positive, "a number of 1 or more")),
    **dict.fromkeys(
        ("mem", "mem-per-cpu", "mem-per-gpu"), (numbers.mebibytes, "a size such as 4G")
    ),
    **dict.fromkeys(("time", "time-min"), (numbers.minutes, "a time such as 2:00:00 or 1-12")),
    **dict.fromkeys(
        ("gpus", "gpus-per-node", "gpus-per-task"), (numbers.gpus, "a number such as 2")
    ),
    "nodes": (numbers.node_range, "a number of nodes such as 2 or 2-4"),
    "array": (numbers.last_index, "indices such as 0-9 or 1,3,5-7%2"),
    "gres": (numbers.resources, "a list such as gpu:2"),
}
"""Options that are read as numbers, and what to write."""


_LATE: Final = frozenset({"array", "gres", "gpus", "gpus-per-node", "gpus-per-task"})
"""Of these sbatch looks at the last one alone, of others at each."""


_EITHER_OR: Final = (("mem", "mem-per-cpu", "mem-per-gpu"), ("cpus-per-task", "cpus-per-gpu"))
"""Options that exclude one another. Source: SchedMD/slurm, src/common/slurm_opt.c;
sbatch 22.05 refuses them (tests/jobs)."""


@dataclass(frozen=True, slots=True)
class Request:
    """What one part of a job asks for; numbers of one node where the name says so."""

    options: Mapping[str, Option]
    """By long name; the last one counts."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Those that are numbers, read."""

    def text(self, name: str) -> str | None:
        """A value as written; None where there is none, or where it is known only later."""
        option = self.options.get(name)
        return None if option is None or option.dynamic else option.value

    def spot(self, *names: str) -> Spot:
        """Where the first of these options stands."""
        return next((self.options[n].spot for n in names if n in self.options), Spot())

    @property
    def nodes(self) -> int:
        """The least that it needs, counted from tasks where it says no number."""
        if (asked := self.values.get("nodes")) is not None:
            return max(1, int(asked[0]))
        tasks, each = self.values.get("ntasks"), self._tasks_of_a_node
        return math.ceil(tasks / each) if tasks and each else 1

    @property
    def _tasks_of_a_node(self) -> int | None:
        return self.values.get("ntasks-per-node") or self.values.get("tasks-per-node")

    @property
    def cpus_per_task(self) -> int:
        """CPUs of one process."""
        return max(1, self.values.get("cpus-per-task") or 1)

    @property
    def tasks(self) -> int:
        """Processes of the job."""
        per_node = self._tasks_of_a_node
        return max(1, self.values.get("ntasks") or self.nodes * (per_node or 1))

    @property
    def most_nodes(self) -> int:
        """The most that it may have; 0 for as many as it takes."""
        asked = self.values.get("nodes")
        return int(asked[1] or self.nodes) if asked else 0

    @property
    def tasks_per_node(self) -> int:
        """The least that one node must hold."""
        tasks = self._tasks_of_a_node or 1
        return max(tasks, math.ceil(self.tasks / self.most_nodes)) if self.most_nodes else tasks

    @property
    def cpus_per_node(self) -> int:
        """The least that each node must have."""
        tasks = 1 if "overcommit" in self.options else self.tasks_per_node
        gpus = self.gpus_per_node * (self.values.get("cpus-per-gpu") or 0)
        return max(tasks * self.cpus_per_task, self.values.get("mincpus") or 1, gpus)

    @property
    def whole_cores(self) -> bool:
        """Whether each process wants a core without its other threads."""
        one = any(self.text(name) == "1" for name in ("threads-per-core", "ntasks-per-core"))
        return one or self.text("hint") == "nomultithread"

    def without_shares(self) -> Request:
        """The same where Slurm shares out no memory: it compares that of one CPU with a node's."""
        shares = ("mem-per-cpu", "mem-per-gpu")
        kept = {name: value for name, value in self.values.items() if name not in shares}
        least = max(self.values.get("mem") or 0, self.values.get("mem-per-cpu") or 0)
        return replace(self, values=kept | {"mem": least})

    def room(self, cpus: int, memory_mib: int, gpus: int) -> int:
        """How many of its processes one node holds."""
        if "overcommit" in self.options:
            return self.tasks
        room = cpus // self.cpus_per_task
        if each := self.values.get("mem-per-cpu"):
            room = min(room, memory_mib // (each * self.cpus_per_task))
        if (asked := self.values.get("gpus-per-task")) and asked[1]:
            room = min(room, gpus // asked[1])
        return min(room, self._tasks_of_a_node or room)

    @property
    def memory_per_node(self) -> int:
        """MiB that a node must have; 0 for no wish, and for all that it has."""
        if asked := self.values.get("mem"):
            return int(asked)
        if asked := self.values.get("mem-per-cpu"):
            return int(asked) * self.cpus_per_node
        return int(self.values.get("mem-per-gpu") or 0) * self.gpus_per_node

    @property
    def gpus_per_node(self) -> int:
        """GPUs that one node must have."""
        per_node = [count for _, count in self.gpus_by_type]
        if asked := self.values.get("gpus-per-task"):
            per_node.append(asked[1] * (self._tasks_of_a_node or 1))
        if (asked := self.values.get("gpus")) and "nodes" in self.values:
            per_node.append(math.ceil(asked[1] / self.most_nodes))
        return max(per_node, default=0)

    @property
    def gpus(self) -> int:
        """GPUs of all nodes together."""
        total = self.values.get("gpus")
        per_task = self.values.get("gpus-per-task")
        return max(
            total[1] if total else 0,
            per_task[1] * self.tasks if per_task else 0,
            self.gpus_per_node * self.nodes,
        )

    @property
    def gpus_by_type(self) -> list[tuple[str, int]]:
        """Type, which may be empty, and number of those that are asked for by node."""
        found = [(kind, n) for name, kind, n in self.values.get("gres") or () if name == "gpu"]
        if asked := self.values.get("gpus-per-node"):
            found.append(asked)
        return found

    @property
    def gpu_types(self) -> tuple[str, ...]:
        """Types of GPUs that it insists on."""
        totals = [self.values[n] for n in ("gpus", "gpus-per-task") if self.values.get(n)]
        return tuple(kind for kind, _ in (*self.gpus_by_type, *totals) if kind)

    @property
    def minutes(self) -> float | None:
        """The least time it accepts; None for the queue's default."""
        found = self.values.get("time-min") or self.values.get("time")
        # Slurm takes 0 for no limit.
        return None if found is None else float(found) or math.inf


def request(options: Sequence[Option]) -> tuple[Request, list[Finding]]:
    """Read options; what Slurm would refuse comes back as findings."""
    by_name = {option.name: option for option in options}
    values: dict[str, Any] = {}
    found: list[Finding] = []
    for option in options:
        if option.name in _LATE and option is not by_name[option.name]:
            continue
        if option.name not in _READERS or option.dynamic or _says_nothing(option):
            continue
        reader, wanted = _READERS[option.name]
        values[option.name] = reader(option.value)
        if values[option.name] is None:
            found.append(_refused(option, wanted))
    wish = Request(by_name, {n: v for n, v in values.items() if v is not None})
    total = wish.values.get("gpus")
    if total and 0 < total[1] < wish.nodes:
        message = f"{total[1]} GPUs for {wish.nodes} nodes: sbatch wants one for each at least"
        found.append(change("J103", message, "ask for as many GPUs as nodes", wish.spot("gpus")))
    found += _together(by_name)
    return wish, found


def _together(options: Mapping[str, Option]) -> Iterator[Finding]:
    for names in _EITHER_OR:
        asked = [option for name in names if (option := options.get(name))]
        if len(asked) > 1:
            words = " and ".join(f"--{option.name}" for option in asked)
            message = f"sbatch refuses {words} together"
            last = max(asked, key=lambda option: (option.spot.line, option.spot.column))
            yield change("J103", message, "leave one of them out", last.spot)


def _says_nothing(option: Option) -> bool:
    return option.name == "array" and not option.value


def _refused(option: Option, wanted: str) -> Finding:
    message = f"--{option.name}={option.value[:60]} is nothing that sbatch understands"
    if "$" in option.value:
        message = f"--{option.name}={option.value[:60]}: sbatch fills in no variables"
    return change("J103", message, f"write {wanted}", option.spot)
