"""`petal-queue`: the jobs of both sides, as squeue shows them."""

from __future__ import annotations

import argparse
import json
import os
import pwd
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from .errors import Refusal
from .slurmrestd import Slurmrestd
from .submission import number
from .table import Table, load_table
from .tokens import own_token

_FORMAT = "%i|%P|%u|%T|%M|%D|%R|%j"
"""The name, which may hold anything, comes last. Source: squeue(1)."""
_ENDED = frozenset(
    {"COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL"}
    | {"DEADLINE", "OUT_OF_MEMORY"}
)
_SHORT = {
    "PENDING": "PD", "RUNNING": "R", "SUSPENDED": "S", "COMPLETING": "CG", "CONFIGURING": "CF",
    "REQUEUED": "RQ", "STOPPED": "ST", "STAGE_OUT": "SO", "SIGNALING": "SI", "RESIZING": "RS",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One job, or the waiting tasks of an array."""

    cluster: str
    job_id: str
    partition: str
    name: str
    user: str
    state: str
    time: str
    nodes: str
    where: str
    """Nodes, or in parentheses why it waits."""

    def cells(self) -> tuple[str, ...]:
        """Texts of the columns."""
        state = _SHORT.get(self.state, self.state[:2])
        texts = (self.cluster, self.job_id, self.partition, self.name, self.user, state)
        return tuple(map(_printable, (*texts, self.time, self.nodes, self.where)))


_TITLES = (
    "CLUSTER",
    "JOBID",
    "PARTITION",
    "NAME",
    "USER",
    "ST",
    "TIME",
    "NODES",
    "NODELIST(REASON)",
)


def main(program: str, arguments: list[str]) -> int:
    """Print both sides; 1 if one of them cannot be asked."""
    asked = _arguments(program, arguments)
    try:
        table = load_table()
    except Refusal as refusal:
        print(f"{program}: error: {refusal}", file=sys.stderr)
        return 1
    rows: list[Row] = []
    unreachable: list[tuple[str, str]] = []
    sides: list[tuple[str, Callable[[Table], Iterator[Row]]]] = [(table.here, _local)]
    sides += [(table.there, _elsewhere)] if table.url else []
    for cluster, read in sides:
        try:
            rows += read(table)
        except Refusal as refusal:
            unreachable.append((cluster, str(refusal)))
    user = pwd.getpwuid(os.getuid()).pw_name if asked.me else asked.user
    rows = [row for row in rows if user in (None, row.user)]
    _print(rows, unreachable, as_json=asked.format == "json")
    return 1 if unreachable else 0


def _arguments(program: str, arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=program, description="The jobs of both sides.")
    parser.add_argument("--me", action="store_true", help="only jobs of mine")
    parser.add_argument("-u", "--user", help="only jobs of one user")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    return parser.parse_args(arguments)


def _local(table: Table) -> Iterator[Row]:
    command = [table.squeue, "-h", "-o", _FORMAT]
    try:
        run = subprocess.run(command, capture_output=True, timeout=60, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refusal(str(error)) from error
    if run.returncode != 0:
        said = run.stderr.decode("utf-8", "replace").strip()
        raise Refusal(said.splitlines()[0] if said else f"squeue ended with {run.returncode}")
    for line in run.stdout.decode("utf-8", "replace").splitlines():
        job, partition, user, state, elapsed, nodes, where, name = line.split("|", 7)
        yield Row(table.here, job, partition, name, user, state, elapsed, nodes, where)


def _elsewhere(table: Table) -> Iterator[Row]:
    token = own_token(table.token_socket)
    side = Slurmrestd(table.there, table.url or "", table.ca_file, token)
    for record in side.jobs(side.version()):
        states = record.get("job_state")
        words = states if isinstance(states, list) else [states]
        shown = [str(word) for word in words if word]
        if _ENDED & set(shown) and "COMPLETING" not in shown:
            continue
        yield _row(table.there, record, shown[-1] if shown else "UNKNOWN")


def _row(cluster: str, record: dict[str, Any], state: str) -> Row:
    waits = state == "PENDING"
    reason = f"({record.get('state_reason') or 'None'})"
    started = number(record.get("start_time"))
    elapsed = 0 if waits or not started else max(0, int(time.time()) - started)
    return Row(
        cluster,
        _job_id(record),
        str(record.get("partition") or ""),
        str(record.get("name") or ""),
        str(record.get("user_name") or ""),
        state,
        _clock(elapsed),
        str(number(record.get("node_count"), 1)),
        reason if waits else str(record.get("nodes") or ""),
    )


def _job_id(record: dict[str, Any]) -> str:
    array, tasks = number(record.get("array_job_id")), record.get("array_task_string")
    if array and tasks:
        return f"{array}_[{tasks}]"
    task = number(record.get("array_task_id"), -1)
    return f"{array}_{task}" if array and task >= 0 else str(number(record.get("job_id")))


def _clock(seconds: int) -> str:
    """As squeue writes it: `0:07`, `1:02:03`, `2-00:00:00`."""
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}-{hour:02}:{minute:02}:{second:02}"
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def _printable(text: str) -> str:
    """A name of somebody else's job must not steer the terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _print(rows: list[Row], unreachable: list[tuple[str, str]], *, as_json: bool) -> None:
    if as_json:
        missing = [{"cluster": cluster, "message": text} for cluster, text in unreachable]
        found = {"jobs": [asdict(row) for row in rows], "unreachable": missing}
        print(json.dumps(found, indent=2))
        return
    lines = [_TITLES, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_TITLES))]
    for line in lines:
        padded = (cell.ljust(widths[column]) for column, cell in enumerate(line))
        print(" ".join(padded).rstrip())
    sys.stdout.flush()
    for cluster, text in unreachable:
        message = _printable(f"{cluster} is not shown: {text}")
        print(f"petal-queue: error: {message}", file=sys.stderr)
