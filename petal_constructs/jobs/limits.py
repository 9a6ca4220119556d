"""What a job asks for, against what its queue has."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from petal_constructs.jobs.findings import Finding, Spot, cannot, change, note
from petal_constructs.jobs.request import Request
from petal_constructs.jobs.site import NodeKind, Partition, Site
from petal_constructs.seed.suggest import did_you_mean, nearest, one_of

_PLAIN: Final = re.compile(r"[\w.:=&|-]+")
"""A constraint without counts and brackets."""


@dataclass(frozen=True, slots=True)
class Excess:
    """More than a queue has."""

    code: str
    message: str
    instead: str
    """What to do where no other queue has it."""
    spot: Spot


def _cpus(kind: NodeKind, wish: Request) -> int:
    return kind.cpus // kind.threads if wish.whole_cores else kind.cpus


_DIMENSIONS: Final[
    tuple[
        tuple[
            str, Callable[[Request], int], Callable[[NodeKind, Request], int], str, tuple[str, ...]
        ],
        ...,
    ]
] = (
    (
        "J115",
        lambda wish: wish.cpus_per_node,
        _cpus,
        "CPUs on a node",
        ("ntasks-per-node", "tasks-per-node", "cpus-per-task", "mincpus", "ntasks", "nodes"),
    ),
    (
        "J116",
        lambda wish: wish.memory_per_node,
        lambda kind, _: kind.memory_mib,
        "MiB of memory on a node",
        ("mem", "mem-per-cpu", "mem-per-gpu"),
    ),
    (
        "J117",
        lambda wish: wish.gpus_per_node,
        lambda kind, _: kind.gpus,
        "GPUs on a node",
        ("gres", "gpus-per-node", "gpus", "gpus-per-task"),
    ),
)


def check_limits(asked: Request, site: Site) -> Iterator[Finding]:
    """Queues that do not exist, and more than they have; the first queue that fits is enough."""
    wish = asked if site.shares_memory else asked.without_shares()
    option = wish.options.get("partition")
    if option is not None and option.dynamic:
        return
    names = (wish.text("partition") or site.default).split(",")
    unknown = [name for name in names if site.partition(name) is None]
    if option is not None and unknown:
        yield _no_queue(unknown[0], wish, site)
        names = [nearest(unknown[0], [queue.name for queue in site.partitions]) or ""]
    queues = [queue for name in names if (queue := site.partition(name))]
    found = [list(excesses(wish, queue)) for queue in queues]
    times = [excess for each in found for excess in each if excess.code == "J112"]
    if found and all(found):
        yield from _told(found[0], wish, site)
    elif times and site.every_time_limit:
        yield from _told(times[:1], wish, site)
    elif not site.shares_memory and queues:
        yield from _not_counted(asked, queues)


def _told(found: list[Excess], wish: Request, site: Site) -> Iterator[Finding]:
    fits = [queue.name for queue in site.partitions if not any(excesses(wish, queue))]
    for excess in found:
        if fits:
            hint = f"write #SBATCH --partition={fits[0]}"
            yield change(excess.code, excess.message, hint, excess.spot)
        else:
            yield cannot(excess.code, excess.message, excess.instead, excess.spot)


def _not_counted(asked: Request, queues: list[Partition]) -> Iterator[Finding]:
    found = [[e for e in excesses(asked, queue) if e.code == "J116"] for queue in queues]
    for excess in found[0] if all(found) else ():
        hint = "ask for --mem, which Slurm compares with the node's"
        yield note("J116", f"{excess.message}, and Slurm lets it run", hint, excess.spot)


def _no_queue(name: str, wish: Request, site: Site) -> Finding:
    known = [queue.name for queue in site.partitions]
    fits = [queue.name for queue in site.partitions if not any(excesses(wish, queue))]
    wanted = bool(wish.gpus)
    fits.sort(key=lambda each: bool(_gpus(site.partition(each))) != wanted)
    instead = f"write {fits[0]}, which has what the job asks for" if fits else one_of(known)
    hint = did_you_mean(name, (*known, *site.elsewhere)) or instead
    return change("J111", f"there is no queue {name[:60]}", hint, wish.spot("partition"))


def _gpus(queue: Partition | None) -> int:
    return max((kind.gpus for kind in queue.kinds), default=0) if queue else 0


def excesses(wish: Request, queue: Partition) -> Iterator[Excess]:
    """What a job asks for that the queue does not have."""
    yield from _time(wish, queue)
    queue = replace(queue, kinds=_wanted(wish, queue.kinds))
    of_a_node = list(_of_a_node(wish, queue))
    yield from of_a_node
    if not of_a_node:
        yield from _of_all(wish, queue)


def _wanted(wish: Request, kinds: tuple[NodeKind, ...]) -> tuple[NodeKind, ...]:
    """Those with the features that a plain constraint names; all where none has them."""
    text = wish.text("constraint") or ""
    if not _PLAIN.fullmatch(text):
        return kinds
    choices = [set(part.split("&")) for part in text.split("|")]
    return tuple(k for k in kinds if any(c <= k.features for c in choices)) or kinds


def _time(wish: Request, queue: Partition) -> Iterator[Excess]:
    if wish.minutes is None or wish.minutes <= queue.max_minutes:
        return
    most = clock(queue.max_minutes)
    message = f"queue {queue.name} ends jobs after {most}, and starts none that asks for more"
    instead = f"ask for {most} at most, or raise the queue's max_time"
    yield Excess("J112", message, instead, wish.spot("time-min", "time"))


def clock(minutes: float) -> str:
    """Minutes as Slurm writes them: `2-00:00:00`."""
    if math.isinf(minutes):
        return "no limit"
    days, rest = divmod(int(minutes), 1440)
    day = f"{days}-" if days else ""
    return f"{day}{rest // 60:02}:{rest % 60:02}:00"


def _of_a_node(wish: Request, queue: Partition) -> Iterator[Excess]:
    for code, asked, offered, what, options in _DIMENSIONS:
        most = max((offered(kind, wish) for kind in queue.kinds), default=0)
        if asked(wish) > most:
            message = f"{asked(wish):,} {what} are more than queue {queue.name} has ({most:,})"
            instead = f"ask for {most:,} at most, or let the seed name larger instance types"
            spot = wish.spot(*options)
            yield Excess(code, message, instead if most else "let the seed name others", spot)


def _of_all(wish: Request, queue: Partition) -> Iterator[Excess]:
    kinds = [kind for kind in queue.kinds if _holds(kind, wish)]
    if not kinds:
        options = (
            "cpus-per-task",
            "ntasks-per-node",
            "mem",
            "mem-per-cpu",
            "gres",
            "gpus-per-node",
        )
        message = f"no node of queue {queue.name} has all at once that the job asks of one"
        yield Excess("J118", message, "ask for less of one of them", wish.spot(*options))
        return
    most = min(queue.max_nodes, sum(kind.count for kind in kinds))
    if wish.nodes > most:
        message = f"{wish.nodes:,} nodes are more than queue {queue.name} has ({most:,} that fit)"
        instead = f"ask for {most:,} at most, or raise the queue's max_count"
        yield Excess("J114", message, instead, wish.spot("nodes", "ntasks"))
        return
    yield from _together(wish, queue, kinds, min(most, wish.most_nodes or most))


def _together(
    wish: Request, queue: Partition, kinds: list[NodeKind], nodes: int
) -> Iterator[Excess]:
    """Processes and GPUs over as many nodes as the job may have."""
    rooms = [(wish.room(_cpus(k, wish), k.memory_mib, k.gpus), k.count) for k in kinds]
    tasks, gpus = _largest(rooms, nodes), _largest([(k.gpus, k.count) for k in kinds], nodes)
    of_queue = f"{nodes} nodes of queue {queue.name}"
    if wish.tasks > tasks:
        each = f" of {wish.cpus_per_task} CPUs" if wish.cpus_per_task > 1 else ""
        message = f"{wish.tasks:,} processes{each} are more than {of_queue} hold ({tasks:,})"
        yield Excess("J115", message, _fewer(tasks), wish.spot("ntasks", "cpus-per-task", "nodes"))
    if wish.gpus > gpus:
        message = f"{wish.gpus:,} GPUs are more than {of_queue} have ({gpus:,})"
        message = message if gpus else f"queue {queue.name} has no GPUs"
        yield Excess("J117", message, _fewer(gpus), wish.spot("gpus", "gres", "gpus-per-task"))


def _fewer(most: int) -> str:
    return f"ask for {most:,} at most, or raise the queue's max_count" if most else "ask for none"


def _largest(sizes: list[tuple[int, int]], nodes: int) -> int:
    total = 0
    for size, count in sorted(sizes, reverse=True):
        taken = min(count, nodes)
        total += size * taken
        nodes -= taken
    return total


def _holds(kind: NodeKind, wish: Request) -> bool:
    return all(asked(wish) <= offered(kind, wish) for _, asked, offered, _, _ in _DIMENSIONS)
