"""A throw-away root: this machine's files, whatever is written goes to a layer above."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from petal_constructs.plan.values import S3Mount, Software, User
from petal_constructs.render.node import NO_ACCOUNTS, NO_CONTAINERS, node_files
from tests.need import missing, need_tool

STANDINS = Path(__file__).parent / "standins"
COMPILERS = ("gcc", "g++", "gfortran", "make", "patch", "file", "unzip", "xz", "gpg")
COMMANDS = (
    *("systemctl", "systemd-run", "mount-s3", "aws", "git", "logger"),
    *("sbatch", "squeue", "scancel"),
)
NO_SOFTWARE = Software((), "/petal")

_ENTER = """
set -e
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/whole"
mount --rbind /dev "$1/whole/dev"
mount --rbind /proc "$1/whole/proc"
mount --rbind /sys "$1/whole/sys"
if [ -n "$2" ]; then
  mkdir -p "$1/whole/petal"
  mount --bind "$2" "$1/whole/petal"
fi
root=$1/whole; shift 2
exec chroot "$root" "$@"
"""


class Node:
    """One node of a cluster, with no init, no network and none of AWS behind it.

    Args:
        role: What the node is in its cluster.
        shared: Folder of this machine that it sees as /petal. Default: /petal is its own.
    """

    def __init__(self, role: str, shared: Path | None = None) -> None:
        self.role = role
        self._shared = shared
        # not below "/": overlayfs refuses a layer that is part of another
        self._layers = Path(tempfile.mkdtemp(dir="/dev/shm", prefix="petal-"))
        for name in ("upper", "work", "whole"):
            (self._layers / name).mkdir()
        self._equip()

    def _equip(self) -> None:
        for standin in COMMANDS:
            self.put(f"/usr/local/bin/{standin}", (STANDINS / standin).read_text(), 0o755)
        for tool in COMPILERS:
            self.put(f"/usr/local/bin/{tool}", (STANDINS / "compiler").read_text(), 0o755)
        self.put("/usr/local/lib/standin-spack", (STANDINS / "spack").read_text())
        self.put("/var/standin/systemctl.log", "")

    def path(self, absolute: str) -> Path:
        """Where a file that the node wrote lies."""
        if self._shared is not None and absolute.startswith("/petal/"):
            return self._shared / absolute.removeprefix("/petal/")
        return self._layers / "upper" / absolute.lstrip("/")

    def put(self, absolute: str, text: str, mode: int = 0o644) -> None:
        self.path(absolute).parent.mkdir(parents=True, exist_ok=True)
        self.path(absolute).write_text(text)
        self.path(absolute).chmod(mode)

    def receive(
        self,
        users=(),
        mounts=(),
        software=NO_SOFTWARE,
        accounts=NO_ACCOUNTS,
        folder="/opt/petal/src",
        containers=NO_CONTAINERS,
    ) -> None:
        """Put the snapshot of a seed where a node, or its bucket, has it."""
        shutil.rmtree(self.path(folder), ignore_errors=True)
        for key, text in node_files(users, mounts, software, accounts, containers).items():
            self.put(f"{folder}/{key}", text)

    def run(
        self, *command: str, apart: str = "--net", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """A command on the node, `apart` from this machine's network unless told otherwise."""
        return subprocess.run(
            self._inside(command, apart),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=self._environment(environment),
        )

    def start(self, *command: str, apart: str = "--net", **environment: str) -> subprocess.Popen:
        """A command that goes on in the background, in a process group of its own."""
        return subprocess.Popen(
            self._inside(command, apart),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=self._environment(environment),
        )

    def _inside(self, command: tuple[str, ...], apart: str) -> list[str]:
        folders = [str(self._layers), str(self._shared or "")]
        enter = ["bash", "-c", _ENTER, "-", *folders]
        return ["unshare", "--mount", *filter(None, [apart]), *enter, *command]

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        path = "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return {"PATH": path, "PETAL_ROLE": self.role, "HOME": "/root", **more}

    def step(self, name: str, **how: str) -> subprocess.CompletedProcess[str]:
        return self.run("bash", f"/opt/petal/src/steps/{name}.sh", **how)

    def written(self) -> dict[str, tuple[object, ...]]:
        """Every file that was written, with all that a needless second writing would change."""
        return dict(self._written())

    def _written(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        for folder, _, names in os.walk(self._layers / "upper"):
            for name in names:
                path = Path(folder, name)
                status = path.lstat()
                text = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
                key = str(path.relative_to(self._layers / "upper"))
                digest = hashlib.sha256(text).hexdigest()
                if not key.startswith(("var/standin/", "run/petal/")):
                    yield (
                        key,
                        (status.st_mtime_ns, status.st_mode, status.st_uid, status.st_gid, digest),
                    )

    def account(self, name: str) -> str | None:
        """A line of passwd, if there is one."""
        return self.lookup("passwd", name)

    def lookup(self, table: str, key: str) -> str | None:
        lines = self.path(f"/etc/{table}")
        text = lines.read_text() if lines.exists() else Path("/etc", table).read_text()
        return next((line for line in text.splitlines() if line.startswith(f"{key}:")), None)

    def discard(self) -> None:
        shutil.rmtree(self._layers)


def need_root() -> None:
    """Accounts are made for real, in a root of their own: that takes root and overlayfs."""
    need_tool("unshare", "apt-get install util-linux")
    if os.geteuid() != 0:
        missing("root", "run the tests as root, or in a container, to prove the node scripts")
    if not Path("/dev/shm").is_dir():
        missing("/dev/shm", "mount a tmpfs there")


__all__ = ["NO_SOFTWARE", "Node", "S3Mount", "Software", "User", "need_root"]
