"""slurmctld, slurmrestd and slurmd of Debian 12 (22.05), with a slurm.conf as petal makes it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from tests.need import SYSTEM_PATH, need_tool

# Where the operator's lines end and petal's begin; what it writes for pods is for 25.11 and later.
OPERATOR_CONF = """\
ClusterName=ci
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ctld}
SlurmUser=slurm
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={folder}/jwt.key
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/state/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/state/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
AccountingStorageType=accounting_storage/none
MaxNodeCount=1024
"""

# The last value counts: what needs cgroups, and how fast Slurm looks again.
HERE_CONF = """\
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
SlurmdTimeout=300
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def until(condition, what, limit_s=20.0):
    """Wait for something to become true."""
    end = time.monotonic() + limit_s
    while not (found := condition()):
        assert time.monotonic() < end, f"{what}: not within {limit_s} s"
        time.sleep(0.1)
    return found


class RealSlurm:
    """Daemons in one folder, which must be open to their users."""

    def __init__(self, folder: Path, extra_conf: str, node_sets: list[str], pods: dict[str, str]):
        """`pods` are names that may register, and the shape of each."""
        for tool in ("munged", "slurmctld", "slurmrestd", "slurmd", "sbatch", "scontrol"):
            need_tool(tool, "apt-get install munge slurmctld slurmrestd slurmd slurm-client")
        self.folder = folder
        self.processes: dict[str, subprocess.Popen] = {}
        self.conf = folder / "slurm.conf"
        self.environment = os.environ | {"PATH": SYSTEM_PATH, "SLURM_CONF": str(self.conf)}
        ctld, rest, *ports = free_ports(2 + len(pods))
        self.url = f"http://127.0.0.1:{rest}"
        # On one machine each needs a port of its own, which a dynamic node cannot have.
        lines = [
            f"NodeName={name} NodeAddr=127.0.0.1 NodeHostname=localhost Port={port} {shape} "
            "State=FUTURE"
            for port, (name, shape) in zip(ports, pods.items(), strict=True)
        ]
        self._write_conf(ctld, extra_conf, lines, node_sets)
        self._write_keys()

    def _write_conf(self, ctld, extra_conf, pods, names):
        operator = [f"NodeSet={name} Feature={name}" for name in names]
        text = OPERATOR_CONF.format(folder=self.folder, ctld=ctld)
        text += "\n".join(operator) + "\n" + extra_conf + HERE_CONF + "\n".join(pods) + "\n"
        self.conf.write_text(text)
        (self.folder / "gres.conf").write_text("")
        for part in ("state", "spool"):
            (self.folder / part).mkdir()
        shutil.chown(self.folder / "state", "slurm", "slurm")

    def _write_keys(self):
        for name, owner, size in (("munge.key", "munge", 1024), ("jwt.key", "slurm", 32)):
            key = self.folder / name
            key.write_bytes(os.urandom(size))
            shutil.chown(key, owner, owner)
            key.chmod(0o400 if owner == "munge" else 0o600)
        own = self.folder / "munge"
        own.mkdir(mode=0o755)
        shutil.chown(own, "munge", "munge")

    def start(self):
        own = self.folder / "munge"
        self._run(
            "munged", "munge", "munged", "--foreground", f"--key-file={self.folder}/munge.key",
            f"--socket={own}/socket", f"--pid-file={own}/pid",
            f"--log-file={own}/log", f"--seed-file={own}/seed",
        )  # fmt: skip
        until((own / "socket").exists, "munge's socket")
        self.start_controller()
        self._run(
            "slurmrestd", "nobody", "env", "SLURM_JWT=daemon", "SLURM_BITSTR_LEN=0", "slurmrestd",
            "-a", "rest_auth/jwt", "-s", "openapi/v0.0.38", self.url.removeprefix("http://"),
        )  # fmt: skip
        until(self._rest_listens, "slurmrestd")

    def _rest_listens(self):
        host, port = self.url.removeprefix("http://").split(":")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    def start_controller(self):
        self._run("slurmctld", "slurm", "slurmctld", "-D", "-f", str(self.conf))
        until(self._controller_answers, "slurmctld")

    def _controller_answers(self):
        assert self.processes["slurmctld"].poll() is None, self.log()
        return "is UP" in self.command("scontrol", "ping", check=False).stdout

    def start_pod(self, name):
        (self.folder / "spool" / name).mkdir(exist_ok=True)
        self._run(name, "root", "slurmd", "-D", "-N", name, "-f", str(self.conf))
        until(lambda: self.state(name) == "idle", f"{name} is idle")

    def stop_pod(self, name):
        self.stop(name)
        self.command("scontrol", "update", f"NodeName={name}", "State=DOWN", "Reason=gone")
        self.command("scontrol", "update", f"NodeName={name}", "State=FUTURE")

    def state(self, name):
        return self.command("sinfo", "-h", "-N", "-n", name, "-o", "%T").stdout.split("\n")[0]

    def stop(self, name):
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop_all(self):
        for name in reversed(list(self.processes)):
            self.stop(name)

    def token(self, user):
        answer = self.command("scontrol", "token", f"username={user}", "lifespan=7200")
        return answer.stdout.strip().partition("=")[2]

    def sbatch(self, *options, script="sleep 600"):
        """Submit as an ordinary user: the job's number, or what sbatch has against it."""
        command = ["sbatch", "--parsable", "-o", "/dev/null", "-D", "/tmp", *options]
        run = self.command("setpriv", *_as("nobody"), *command, "--wrap", script, check=False)
        return run.stdout.strip() if run.returncode == 0 else run.stderr.strip()

    def cancel_all(self):
        self.command("scancel", "--user=nobody")
        until(lambda: not self.queue(), "the queue is empty")

    def queue(self, *options):
        return self.command("squeue", "-h", "-o", "%i %T %R", *options).stdout.splitlines()

    def command(self, *arguments, check=True):
        return subprocess.run(
            arguments, env=self.environment, capture_output=True, text=True, check=check
        )

    def log(self):
        return (self.folder / "slurmctld.out").read_text()[-3000:]

    def _run(self, name, user, *command):
        with (self.folder / f"{name}.out").open("wb") as out:
            self.processes[name] = subprocess.Popen(
                ["setpriv", *_as(user), *command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )


def _as(user):
    if user == "root":
        return ["--clear-groups"]
    return [f"--reuid={user}", f"--regid={_group(user)}", "--clear-groups"]


def _group(user):
    return "nogroup" if user == "nobody" else user
