"""A real Slurm with its database, small: mariadbd, munged, slurmdbd, slurmctld and one slurmd."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.need import SYSTEM_PATH, missing, need_tool

CLUSTER = "lab"
PACKAGES = "apt-get install slurmctld slurmd slurmdbd slurm-client munge mariadb-server"

SLURM_CONF = """\
ClusterName=lab
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ctld}
SlurmUser=slurm
AuthType=auth/munge
AuthInfo=socket={at}/munge.sock
CredType=cred/munge
StateSaveLocation={at}/state
SlurmdSpoolDir={at}/spool
SlurmctldPidFile={at}/slurmctld.pid
SlurmdPidFile={at}/slurmd.pid
SlurmctldLogFile={at}/slurmctld.log
SlurmdLogFile={at}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,batch_sched_delay=1
GresTypes=gpu
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort={dbd}
AccountingStoragePass={at}/munge.sock
AccountingStorageTRES=gres/gpu
AccountingStorageEnforce=associations,limits,safe
DefMemPerCPU=10
NodeName=n1 NodeAddr=127.0.0.1 NodeHostname=localhost Port={slurmd} CPUs=8 RealMemory=8000
PartitionName=all Nodes=n1 Default=YES State=UP
PartitionName=genes Nodes=n1 AllowAccounts=genomics State=UP
"""

SLURMDBD_CONF = """\
DbdHost=localhost
DbdPort={dbd}
SlurmUser=slurm
AuthType=auth/munge
AuthInfo=socket={at}/munge.sock
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={sql}
StorageUser=slurm
StoragePass=test
StorageLoc=slurm_lab
LogFile={at}/slurmdbd.log
PidFile={at}/slurmdbd.pid
"""

ORACLE = """\
CREATE USER slurm@'127.0.0.1' IDENTIFIED BY 'test';
GRANT ALL ON slurm_lab.* TO slurm@'127.0.0.1';
"""


class Accounting:
    """All daemons, in a folder and on ports of their own."""

    def __init__(self, slurm_conf: str = SLURM_CONF) -> None:
        for program in ("mariadbd", "mariadb-install-db", "munged", "slurmdbd", "slurmctld"):
            need_tool(program, PACKAGES)
        if os.geteuid() != 0:
            missing("root", "run as root: daemons and jobs belong to several users")
        self.at = Path(tempfile.mkdtemp(dir="/dev/shm", prefix="petal-slurm-"))
        self.at.chmod(0o755)
        self._programs: list[subprocess.Popen[bytes]] = []
        ports = dict(zip(("ctld", "dbd", "slurmd", "sql"), _free_ports(4), strict=True))
        self._sql_port = ports["sql"]
        for name, text in (("slurm.conf", slurm_conf), ("slurmdbd.conf", SLURMDBD_CONF)):
            (self.at / name).write_text(text.format(at=self.at, **ports))
        self._folder("state", "slurm")
        self._folder("spool", "root")
        self._folder("mysql", "mysql")
        self._folder("munge", "munge")
        shutil.chown(self.at / "slurmdbd.conf", "slurm", "slurm")
        (self.at / "slurmdbd.conf").chmod(0o600)
        self.environment = {"PATH": SYSTEM_PATH, "SLURM_CONF": str(self.at / "slurm.conf")}

    def _folder(self, name: str, owner: str) -> None:
        (self.at / name).mkdir(mode=0o755)
        shutil.chown(self.at / name, owner)

    def start(self) -> None:
        self._start_database()
        key = self.at / "munge" / "key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        shutil.chown(key, "munge")
        files = [f"--{kind}-file={self.at}/munge/{kind}" for kind in ("key", "pid", "log", "seed")]
        self.at.chmod(0o1777)
        self._run("munge", "munged", "--foreground", f"--socket={self.at}/munge.sock", *files)
        wait((self.at / "munge.sock").exists)
        self._run("slurm", "slurmdbd", "-D")
        wait(lambda: self.ask("sacctmgr", "-n", "show", "cluster").returncode == 0)

    def start_slurm(self) -> None:
        self._run("slurm", "slurmctld", "-D", "-c")
        wait(lambda: "UP" in self.ask("scontrol", "ping").stdout)
        self._run("root", "slurmd", "-D", "-N", "n1")
        wait(lambda: "idle" in self.ask("sinfo", "-h", "-o", "%T").stdout)

    def _start_database(self) -> None:
        data = f"--datadir={self.at}/mysql"
        new = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", "--user=mysql", data, *new],
            check=True,
            capture_output=True,
        )
        sock = f"--socket={self.at}/mysql/sock"
        small = ["--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M"]
        self._run(
            *("mysql", "mariadbd", "--no-defaults", data, sock, *small),
            *(
                "--bind-address=127.0.0.1",
                f"--port={self._sql_port}",
                f"--pid-file={self.at}/mysql/pid",
            ),
        )
        wait((self.at / "mysql" / "sock").exists)
        wait(lambda: self.sql(ORACLE).returncode == 0)

    def sql(self, statements: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self.at}/mysql/sock", "-u", "root", "-N"],
            input=statements,
            capture_output=True,
            text=True,
            check=False,
        )

    def _run(self, user: str, *command: str) -> None:
        with (self.at / f"{command[0]}.out").open("wb") as log:
            self._programs.append(
                subprocess.Popen(
                    [*as_user(user), *command], stdout=log, stderr=log, env=self.environment
                )
            )

    def ask(self, *command: str, user: str = "slurm") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*as_user(user), *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=self.environment,
            cwd="/",
        )

    def apply(self, texts: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run the script once with its tables."""
        folder = self.at / "accounts"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o755)
        for name, text in texts.items():
            (folder / name).write_text(text)
        return self.ask("bash", str(folder / "accounts.sh"), "once")

    def stop(self) -> None:
        for program in reversed(self._programs):
            program.terminate()
        for program in reversed(self._programs):
            program.wait(timeout=20)
        shutil.rmtree(self.at)


def as_user(user: str) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]


def wait(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.2)


def _free_ports(count: int) -> list[int]:
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [holder.getsockname()[1] for holder in holders]
    for holder in holders:
        holder.close()
    return ports
