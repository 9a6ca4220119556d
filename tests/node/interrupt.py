"""Runs a script on a node and kills it, with everything that it started, at its n-th command.

Every bash on the node asks before each of its commands (a DEBUG trap, by BASH_ENV) and goes on only
when told, so that a number names a point in the script and the point can be hit again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import os
import re
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.node.root import Node

_TRAP = """\
set -o functrace
petal_ask() { printf . >&"$PETAL_ASK" && read -r -N 1 -u "$PETAL_GO" _petal_go; }
trap 'petal_ask 2> /dev/null || true' DEBUG
"""
_ENTER = """
set -e
echo "$2" > /proc/sys/kernel/ns_last_pid
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/whole"
mount --rbind /dev "$1/whole/dev"
mount -t proc proc "$1/whole/proc"
root=$1/whole; shift 2
# not exec: what becomes another user does not die with its parent, and this process takes all along
status=0
BASH_ENV=/var/standin/ask.sh chroot "$root" "$@" || status=$?
exit "$status"
"""
_PROCESS_IDS = itertools.cycle(range(3_000, 30_000, 3_000))
"""Another range for each run, as on a node that is up for long."""

_ABOVE = 200
"""Numbers of files that no script uses itself."""

_OF_SHADOW_UTILS = re.compile(
    r"etc/(passwd|shadow|group|gshadow|subuid|subgid)([-+]|\.\d+|\.lock)|etc/\.pwd\.lock"
)
"""What `useradd` and its like leave beside their tables when they are killed; they clean up or
overwrite it by themselves."""

_OF_RUNS = re.compile(
    r"(run|var/standin(?!/(active|enabled))|var/tmp/petal-\w+)/"
    r"|petal/(log/spack\.log|environment/spack\.lock)/"
)
"""What tells of the run itself: status and logs, what stand-ins keep or draw by lot, and where a
job's node built, which goes with the job."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended."""

    commands: int
    """How many commands all shells asked for."""
    killed: bool
    code: int
    output: str


def run(
    node: Node,
    command: Sequence[str],
    *,
    kill_at: int | None = None,
    later_s: float = 0,
    apart: str = "--net",
    **environment: str,
) -> Run:
    """Run a command on a node.

    Args:
        node: Where.
        command: What.
        kill_at: Number of the command, from 1, before which everything is killed. Default: never.
        later_s: Kill so many seconds after that command was begun instead of before it.
        apart: `--net` for a node without a network, empty for one on this machine's.
        environment: More variables.
    """
    node.put("/var/standin/ask.sh", _TRAP)
    asked, ask = _pipe(inherit="write")
    wait, go = _pipe(inherit="read")
    enter = ["bash", "-c", _ENTER, "-", str(node.path("/").parent), str(next(_PROCESS_IDS))]
    namespaces = ["--mount", *filter(None, [apart]), "--pid", "--fork", "--kill-child=KILL"]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            ["unshare", *namespaces, *enter, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=(ask, wait),
            env={
                "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": "/root",
                "PETAL_ROLE": node.role,
                "PETAL_ASK": str(ask),
                "PETAL_GO": str(wait),
                **environment,
            },
        )
        for file in (ask, wait):
            os.close(file)
        commands, killed = _lead(process, asked, go, kill_at, later_s)
        code = process.wait()
        output.seek(0)
        return Run(commands, killed, code, output.read())


def _lead(
    process: subprocess.Popen[bytes], asked: int, go: int, kill_at: int | None, later_s: float
) -> tuple[int, bool]:
    """Answer every question until nobody is left to ask."""
    commands, killed = 0, False
    while questions := os.read(asked, 1):
        commands += len(questions)
        if commands == kill_at and not later_s:
            killed = True
        if not killed:
            with contextlib.suppress(BrokenPipeError):
                os.write(go, b".")
        if commands == kill_at:
            time.sleep(later_s)
            process.kill()
            killed = True
    os.close(asked)
    os.close(go)
    return commands, killed


def _pipe(*, inherit: str) -> tuple[int, int]:
    """Own end and the child's end, or the other way round for what the child reads."""
    ends = list(os.pipe())
    number = 1 if inherit == "write" else 0
    child = fcntl.fcntl(ends[number], fcntl.F_DUPFD, _ABOVE)
    os.close(ends[number])
    ends[number] = child
    return ends[0], ends[1]


def copy(node: Node, to: Node) -> None:
    """Make one node as another one is."""
    shutil.rmtree(to.path("/"))
    subprocess.run(["cp", "-a", node.path("/"), to.path("/")], check=True)


def tree(node: Node) -> dict[str, tuple[object, ...]]:
    """Everything that the node wrote, by path: mode, owner, and text or target."""
    return dict(_tree(node.path("/")))


def _tree(top: Path) -> Iterator[tuple[str, tuple[object, ...]]]:
    for folder, folders, names in os.walk(top):
        for name in (*folders, *names):
            path = Path(folder, name)
            key = str(path.relative_to(top))
            if not _OF_SHADOW_UTILS.fullmatch(key) and not _OF_RUNS.match(f"{key}/"):
                yield key, _entry(path)


def _entry(path: Path) -> tuple[object, ...]:
    status = path.lstat()
    content = ""
    if stat.S_ISLNK(status.st_mode):
        content = str(path.readlink())
    elif stat.S_ISREG(status.st_mode):
        content = digest(path.read_bytes())
    return (stat.filemode(status.st_mode), status.st_uid, status.st_gid, content)


def digest(text: bytes) -> str:
    """What stands for the text of a file in `tree`."""
    return hashlib.sha256(text).hexdigest()
