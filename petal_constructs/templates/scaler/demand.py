"""How many nodes of each size the jobs need: those that run, and those that only lack nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .accounts import Allowance
from .jobs import Request, Waiting
from .node_sets import NodeSet
from .nodes import Node


@dataclass(slots=True)
class Room:
    """What a node can still give."""

    name: str
    cpus: int
    threads_per_core: int
    memory_mib: int
    gpus: int
    free: bool
    """Whether no job has any part of it."""
    owner: str = ""

    def tasks(self, wanted: Request) -> int:
        """How many tasks of a job would fit, as far as its own limits per node allow."""
        if self.name in wanted.excluded or not self._shared_with(wanted):
            return 0
        cpus = self._usable_cpus(wanted)
        if cpus < wanted.cpus_per_node or self.gpus < max(wanted.gpus_per_node, bool(wanted.gpus)):
            return 0
        most = [cpus // self._cpus_of_task(wanted)]
        if wanted.tasks_per_node:
            most.append(wanted.tasks_per_node)
        if wanted.gpus_per_task:
            most.append(self.gpus // wanted.gpus_per_task)
        return min(most)

    def take(self, wanted: Request, tasks: int, gpus: int) -> None:
        """Give a part of the room, or all of it, to a job."""
        exclusive = wanted.exclusive
        whole_memory = not (wanted.memory_per_cpu or wanted.memory_per_node)
        threads = self.threads_per_core
        asked = max(tasks * self._cpus_of_task(wanted), wanted.cpus_per_node)
        cpus = -(-asked // threads) * threads
        memory = wanted.memory_per_node or (wanted.memory_per_cpu or 0) * cpus
        self.cpus = 0 if exclusive else max(0, self.cpus - cpus)
        self.memory_mib = 0 if exclusive or whole_memory else max(0, self.memory_mib - memory)
        self.gpus -= gpus + max(wanted.gpus_per_node, wanted.gpus_per_task * tasks)
        self.free = False
        self.owner = wanted.owner

    def _shared_with(self, wanted: Request) -> bool:
        if self.free:
            return True
        if wanted.exclusive or not (wanted.memory_per_cpu or wanted.memory_per_node):
            return False
        return self.owner == wanted.owner

    def _usable_cpus(self, wanted: Request) -> int:
        """CPUs that there is memory for, in whole cores."""
        cpus = self.cpus
        if wanted.memory_per_node and wanted.memory_per_node > self.memory_mib:
            return 0
        if wanted.memory_per_cpu:
            cpus = min(cpus, self.memory_mib // wanted.memory_per_cpu)
        return cpus // self.threads_per_core * self.threads_per_core

    def _cpus_of_task(self, wanted: Request) -> int:
        return wanted.cpus_per_task * (self.threads_per_core if wanted.one_thread else 1)


@dataclass(slots=True)
class Size:
    """A node set while nodes are counted."""

    node_set: NodeSet
    rooms: list[Room]
    """Live nodes that jobs may start on, and new ones once they are counted."""
    counted: int
    """Nodes that run jobs, and those that jobs were given here."""
    granted: int
    """Nodes that count towards the queue's maximum in any case: busy ones and the minimum."""
    set_aside: int = 0
    """Idle nodes among the replicas that start no job, and whose place is not yet made good."""
    new: int = 0

    @property
    def total(self) -> int:
        """What it takes of the queue's maximum."""
        return max(self.counted, self.granted)

    def new_room(self) -> Room:
        """A node of this size that does not exist yet."""
        of = self.node_set
        return Room("", of.cpus, of.threads_per_core, of.memory_mib, of.gpus, free=True)


_UNLIMITED: Final = Allowance(None, None, None, None)


def demand(
    node_sets: Iterable[NodeSet],
    nodes: Sequence[Node],
    jobs: Iterable[Waiting],
    allowed: Mapping[str, Allowance] | None = None,
    lacking: frozenset[str] = frozenset(),
) -> dict[str, int]:
    """Nodes that each node set should have, by name.

    Never fewer than are busy. In a queue never more than its maximum, unless more are busy. Jobs
    come in the given order and get the smallest size that holds them, live nodes first; one for
    which the maximum or its account leaves no room gets nothing. `allowed` is used up. Node sets
    `lacking` capacity get new nodes only for jobs that fit no other.
    """
    queues = _queues(node_sets, nodes)
    allowed = allowed or {}
    for sizes in queues.values():
        sizes.sort(key=lambda size: size.node_set.name in lacking)
    hopeless: set[Request] = set()
    for job in jobs:
        for _ in range(job.copies):
            # Room only shrinks: what did not fit before does not fit now.
            if job.request in hopeless:
                break
            if not _place(job.request, queues, allowed.get(job.request.account, _UNLIMITED)):
                hopeless.add(job.request)
    return {size.node_set.name: size.total for sizes in queues.values() for size in sizes}


def nodes_of(node_set: NodeSet, nodes: Iterable[Node]) -> list[Node]:
    """Those that carry the node set's feature."""
    return [node for node in nodes if node_set.name.upper() in node.features]


def _queues(node_sets: Iterable[NodeSet], nodes: Sequence[Node]) -> dict[str, list[Size]]:
    queues: dict[str, list[Size]] = {}
    for node_set in sorted(node_sets, key=lambda s: (s.gpus, s.cpus, s.memory_mib, s.order)):
        queues.setdefault(node_set.queue, []).append(_size(node_set, nodes_of(node_set, nodes)))
    for sizes in queues.values():
        for size in sorted(sizes, key=lambda s: s.node_set.order):
            missing = max(0, size.node_set.min - size.granted)
            size.granted += min(missing, _spare(sizes))
    return queues


def _size(node_set: NodeSet, nodes: list[Node]) -> Size:
    busy = sum(node.busy for node in nodes)
    # More than the replicas: the operator is just taking some away, and set aside are those.
    leaving = sum(n.usable or n.set_aside for n in nodes) > node_set.replicas
    set_aside = 0 if leaving else sum(n.set_aside and not n.busy for n in nodes)
    rooms = [
        Room(
            n.name, n.cpus, n.threads_per_core, n.memory_mib, n.gpus, free=not n.busy, owner=n.owner
        )
        for n in nodes
        if n.usable
    ]
    # Busy ones first: what is idle may go.
    rooms.sort(key=lambda room: room.free)
    return Size(node_set, rooms, counted=busy, granted=busy, set_aside=set_aside)


def _spare(sizes: list[Size]) -> int:
    """Nodes that the queue's maximum still allows."""
    return max(0, max(size.node_set.max for size in sizes) - sum(size.total for size in sizes))


def _place(wanted: Request, queues: dict[str, list[Size]], account: Allowance) -> bool:
    """Give a job room in the first of its partitions that has it."""
    if not account.admits(wanted):
        return False
    for partition in wanted.partitions:
        sizes = queues.get(partition, []) if partition not in account.closed else []
        fitting = [size for size in sizes if _may_use(wanted, size.node_set)]
        # A live node of any size comes before a new one: Slurm would use it at once.
        for new in (False, True):
            if any(_place_in(wanted, size, _spare(sizes), account, new=new) for size in fitting):
                _replace_set_aside(sizes)
                return True
    return False


def _replace_set_aside(sizes: list[Size]) -> None:
    """Where new nodes are wanted, start as many more as are set aside: they are replicas too."""
    for size in sizes:
        if size.new and size.set_aside:
            size.counted += min(size.set_aside, _spare(sizes))
            size.set_aside = 0


def _may_use(wanted: Request, node_set: NodeSet) -> bool:
    """Whether the job's constraint and its list of nodes allow the node set.

    Of constraints only names, `&` and `|` are understood; with any other every size may do.
    """
    names = {name.rpartition("-")[0] for name in wanted.required}
    if names and node_set.name not in names:
        return False
    if not wanted.features or not re.fullmatch(r"[\w.&|-]+", wanted.features):
        return True
    choices = wanted.features.split("|")
    return any(set(choice.split("&")) == {node_set.name} for choice in choices)


def _place_in(wanted: Request, size: Size, spare: int, account: Allowance, *, new: bool) -> bool:
    """Give a job room in nodes of one size, all or nothing."""
    allowed = max(0, size.granted - size.counted) + spare
    if account.nodes is not None:
        allowed = min(allowed, account.nodes)
    shares = _shares(wanted, _candidates(wanted, size, new=new), allowed)
    if shares is None:
        return False
    asked = wanted.resources
    idle = sum(room.free for room, _, _ in shares)
    account.take(asked.cpus, asked.memory_mib, asked.gpus, idle)
    for room, tasks, gpus in shares:
        size.counted += room.free
        if not room.name and room.free:
            size.new += 1
            size.rooms.append(room)
        room.take(wanted, tasks, gpus)
    size.rooms = [room for room in size.rooms if room.cpus > 0]
    return True


def _candidates(wanted: Request, size: Size, *, new: bool) -> Iterator[Room]:
    rooms = size.rooms
    if wanted.max_nodes:
        # Few nodes must do: the roomiest first, and none that would spoil the count.
        least = -(-wanted.tasks // wanted.max_nodes) if new else 0
        rooms = [room for room in rooms if room.tasks(wanted) >= least]
        rooms.sort(key=lambda room: -room.tasks(wanted))
    yield from rooms
    while new:
        yield size.new_room()


def _shares(
    wanted: Request, rooms: Iterator[Room], allowed: int
) -> list[tuple[Room, int, int]] | None:
    """Which rooms give how many tasks and GPUs (of `Request.gpus`); None if they do not suffice."""
    shares: list[tuple[Room, int, int]] = []
    tasks, gpus = wanted.tasks, wanted.gpus
    for room in rooms:
        most = room.tasks(wanted)
        if room.free and (allowed < 1 or (not room.name and most < 1)):
            # Neither another idle node nor a new one is allowed, or of use.
            if not room.name:
                return None
            continue
        if most < 1:
            continue
        allowed -= room.free
        # Each node that is still to come needs a task of its own.
        to_come = max(0, wanted.nodes - len(shares) - 1)
        given = max(0, min(most, tasks - to_come))
        taken = min(gpus, room.gpus)
        shares.append((room, given, taken))
        tasks, gpus = tasks - given, gpus - taken
        if wanted.max_nodes and len(shares) > wanted.max_nodes:
            return None
        if tasks <= 0 and gpus <= 0 and len(shares) >= wanted.nodes:
            return shares
    return None
