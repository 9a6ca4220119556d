"""A login pod without Kubernetes: scripts, ConfigMaps as kubelet mounts them, a real sshd."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from petal_constructs.platforms.pcs.users import (
    EXTRA_SSHD_CONFIG,
    SCRIPTS_FOLDER,
    USERS_FOLDER,
    login_scripts,
)
from tests.need import missing, need_tool
from tests.node.root import Node, need_root

SSHD_CONFIG = f"""\
Include /etc/ssh/sshd_config.d/*.conf
UsePAM yes
X11Forwarding yes
Subsystem sftp internal-sftp
{EXTRA_SSHD_CONFIG}
ListenAddress 127.0.0.1
HostKey /etc/ssh/pod_key
"""
"""What the operator writes before `extraSshdConfig`, then that, then what only a test needs."""

START = """
set -e
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/whole"
mount --rbind /dev "$1/whole/dev"
mount --rbind /proc "$1/whole/proc"
exec chroot "$1/whole" bash -c '
  set -e
  ip link set lo up 2> /dev/null || ifconfig lo up
  mkdir -p /run/sshd
  rm -f /run/nologin
  ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/pod_key
  ssh-keygen -q -t ed25519 -N "" -C ada@laptop -f /tmp/key
  ssh-keygen -q -t ed25519 -N "" -C somebody@else -f /tmp/other
  mkdir -p ~/.ssh && cp /tmp/key.pub ~/.ssh/authorized_keys
  sshd=$(command -v sshd)
  "$sshd" -D -e -f /etc/ssh/pod_config 2> /var/log/pod-sshd &
  echo ready
  read -r
  exec bash /etc/petal/login/petal-users.sh 2> /var/log/petal-users
'
"""


class LoginPod:
    """One pod; commands run inside it as root."""

    def __init__(self) -> None:
        need_root()
        need_tool("sshd", "apt-get install openssh-server")
        self._node = Node("head")
        self._generation = 0
        self._node.put("/etc/ssh/pod_config", SSHD_CONFIG)
        self._program = subprocess.Popen(
            [
                *("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"),
                *("bash", "-c", START, "-", str(self._node._layers)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "PETAL_POLL_S": "0.2", "HOME": "/root"},
        )
        if self._program.stdout.readline() != "ready\n":
            missing("a throw-away root", f"overlayfs: {self._program.stderr.read()}")
        self._inside = self._child()
        self.key = self.run("cat", "/tmp/key.pub").stdout.strip()
        self.mount(SCRIPTS_FOLDER, login_scripts())

    def _child(self) -> int:
        children = Path(f"/proc/{self._program.pid}/task/{self._program.pid}/children")
        return int(children.read_text().split()[0])

    def begin(self) -> None:
        self._program.stdin.write("\n")
        self._program.stdin.flush()

    def mount(self, folder: str, texts: Mapping[str, str]) -> None:
        """As kubelet does it: files are links into `..data`, which is replaced in one step."""
        self._generation += 1
        new = f"{folder}/..{self._generation}"
        script = f'mkdir -p -m 777 {folder} "{new}"\n'
        for name, text in texts.items():
            script += f"cat > '{new}/{name}' <<'PETAL-END'\n{text}PETAL-END\n"
            script += f"ln -sfn '..data/{name}' '{folder}/{name}'\n"
        script += f"ln -sfn '..{self._generation}' {folder}/..tmp\n"
        script += f"mv -T {folder}/..tmp {folder}/..data\n"
        done = self.run("bash", "-ec", script)
        assert done.returncode == 0, done.stderr

    def set_users(self, tables: Mapping[str, str]) -> None:
        self.mount(USERS_FOLDER, tables)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *("nsenter", "--target", str(self._inside), "--mount", "--net", "--root", "--wd=/"),
                *command,
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"},
        )

    def ssh(self, user: str, *command: str, key: str = "/tmp/key", options: tuple[str, ...] = ()):
        settings = ("BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null")
        flags = [flag for s in (*settings, *options) for flag in ("-o", s)]
        return self.run("ssh", "-q", "-i", key, *flags, f"{user}@127.0.0.1", *command)

    def log(self) -> str:
        return self.run("cat", "/var/log/petal-users", "/var/log/pod-sshd").stdout

    def wait(self, condition: Callable[[], bool]) -> bool:
        """Whether it comes true within ten seconds."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.2)
        return False

    def discard(self) -> None:
        self._program.kill()
        self._program.communicate()
        self._node.discard()
