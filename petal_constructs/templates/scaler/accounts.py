"""What Slurm accounts may still use: a job above its account's limits must start no nodes.

Slurm says so itself (`AssocGrpCpuLimit`), but only of jobs that it tries to start. Where there are
no nodes it tries the first of a partition alone, and the others wait for `Priority`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .answers import Doubt
from .jobs import Record, Request, hosts, resources, words

_RUNS: Final = {"RUNNING", "SUSPENDED"}


@dataclass(slots=True)
class Allowance:
    """What an account may have beside what its jobs have; None for no limit."""

    cpus: int | None
    memory_mib: int | None
    gpus: int | None
    nodes: int | None
    """Nodes on which none of its jobs runs yet."""
    closed: frozenset[str] = frozenset()
    """Queues that do not let it in."""

    def admits(self, wanted: Request) -> bool:
        """Whether a job is within the limits, but for that of nodes."""
        asked = wanted.resources
        pairs = (
            (self.cpus, asked.cpus),
            (self.memory_mib, asked.memory_mib),
            (self.gpus, asked.gpus),
        )
        return all(left is None or amount <= left for left, amount in pairs)

    def take(self, cpus: int, memory_mib: int, gpus: int, nodes: int) -> None:
        """Use up a part."""
        self.cpus = None if self.cpus is None else self.cpus - cpus
        self.memory_mib = None if self.memory_mib is None else self.memory_mib - memory_mib
        self.gpus = None if self.gpus is None else self.gpus - gpus
        self.nodes = None if self.nodes is None else self.nodes - nodes


def allowances(folder: Path, records: Iterable[Record]) -> dict[str, Allowance]:
    """What is left to each account, by name; nothing is known of others, and they have no limit.

    Args:
        folder: Has `accounts.tsv`, as `accounts.sh` reads it, and `queues.tsv`, which says whom a
            queue lets in; empty for a Slurm without tenants.
        records: All jobs.

    Raises:
        Doubt: The tables cannot be read.
    """
    try:
        found = _read((folder / "accounts.tsv").read_text(), (folder / "queues.tsv").read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError) as error:
        raise Doubt(f"no limits of accounts: {error!r}") from error
    _subtract(found, records)
    return found


def _read(accounts: str, queues: str) -> dict[str, Allowance]:
    let_in: dict[str, set[str]] = {}
    for queue, account in _rows(queues):
        let_in.setdefault(queue, set()).add(account)
    found = {}
    for name, *limits in _rows(accounts):
        cpus, memory, gpus, nodes = (None if limit == "-" else int(limit) for limit in limits)
        closed = frozenset(queue for queue, names in let_in.items() if name not in names)
        found[name] = Allowance(cpus, memory, gpus, nodes, closed)
    return found


def _rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def _subtract(found: Mapping[str, Allowance], records: Iterable[Record]) -> None:
    """A node counts once, as many of an account's jobs as may run on it."""
    nodes: dict[str, set[str]] = {}
    for record in records:
        name = record.get("account") or ""
        if name in found and words(record["job_state"]) & _RUNS:
            used = resources(record.get("tres_alloc_str"))
            found[name].take(used.cpus, used.memory_mib, used.gpus, 0)
            nodes.setdefault(name, set()).update(hosts(record.get("nodes")))
    for name, theirs in nodes.items():
        found[name].take(0, 0, 0, len(theirs))
