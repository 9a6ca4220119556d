"""A login node of one Slurm, beside another Slurm behind its slurmrestd: all of it real."""

from __future__ import annotations

import contextlib
import fcntl
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from petal_constructs.render.submit import SubmitTable, submit_programs, submit_tables
from tests.need import SYSTEM_PATH
from tests.scaler.real_slurm import RealSlurm, until

HERE, THERE = "demo", "demo-pcs"
QUEUES = {"local": HERE, "also-local": HERE, "remote": THERE, "also-remote": THERE}
SHAPE = "CPUs=8 CoresPerSocket=8 RealMemory=8000 Feature=nodes"


def slurm(folder: Path, name: str) -> RealSlurm:
    """A Slurm with the queues of one side and two nodes; numbers of jobs differ."""
    folder.mkdir(mode=0o755)
    mine = [queue for queue, side in QUEUES.items() if side == name]
    conf = [f"ClusterName={name}", f"FirstJobId={100 if name == HERE else 5000}"]
    conf += ["SelectType=select/cons_tres", "SelectTypeParameters=CR_Core_Memory"]
    conf += ["DefMemPerCPU=100", "Licenses=matlab:5"]
    conf += [
        f"PartitionName={queue} Nodes=nodes Default={'YES' if queue == mine[0] else 'NO'} State=UP"
        for queue in mine
    ]
    pods = {f"{name}-{n}": SHAPE for n in range(2)}
    return RealSlurm(folder, "\n".join(conf) + "\n", ["nodes"], pods)


class Machine:
    """The login node, with people on it."""

    def __init__(self, folder: Path, users: list[str]):
        self.folder = folder
        self.users = users
        self.here = slurm(folder / "here", HERE)
        self.programs = folder / "any-name"
        self.socket = folder / "run" / "token.sock"
        self.key = folder / "keys" / "other-side.key"
        self.sides: list[RealSlurm] = []
        self.services: list[subprocess.Popen] = []

    def start(self):
        self.start_side(self.here, HERE)
        # Its ports are chosen when those of the first are taken.
        self.there = slurm(self.folder / "there", THERE)
        self.start_side(self.there, THERE)
        self.programs.mkdir(mode=0o755)
        for name, text in submit_programs().items():
            path = self.programs / name
            path.write_text(text)
            path.chmod(0o644 if "." in name else 0o755)
        self.socket.parent.mkdir(mode=0o755)
        self.key.parent.mkdir(mode=0o700)
        self.copy_key()
        self.start_tokens()
        for user in self.users:
            self.home(user).mkdir(parents=True, mode=0o755)
            shutil.chown(self.home(user), user)

    def start_side(self, side, name):
        self.sides.append(side)
        side.start()
        for n in range(2):
            side.start_pod(f"{name}-{n}")

    def restart_controller(self):
        """The other side's, for which its nodes are of the future again."""
        self.there.start_controller()
        for n in range(2):
            self.there.stop(f"{THERE}-{n}")
            self.there.start_pod(f"{THERE}-{n}")

    def stop(self):
        for service in self.services:
            service.terminate()
            service.wait()
        for side in self.sides:
            side.stop_all()

    def home(self, user):
        return self.folder / "home" / user

    def copy_key(self):
        self.key.write_bytes((self.there.folder / "jwt.key").read_bytes())
        self.key.chmod(0o600)

    def start_tokens(self):
        command = [self.programs / "petal-token-service", self.socket, self.key]
        env = {"PATH": SYSTEM_PATH}
        with (self.folder / "tokens.log").open("ab") as log:
            self.services.append(subprocess.Popen(command, stderr=log, env=env))
        until(self.socket.exists, "the token service")

    def table(self, **changes) -> Path:
        """Tables in a folder of their own."""
        folder = self.folder / f"tables-{time.monotonic_ns()}"
        folder.mkdir(mode=0o755)
        values = {
            "here": HERE, "there": THERE, "queues": QUEUES, "default_queue": "local",
            "url": self.there.url, "token_socket": str(self.socket),
        } | changes  # fmt: skip
        for name, text in submit_tables(SubmitTable(**values)).items():
            (folder / name).write_text(text)
        return folder

    def run(self, user, *command, cwd=None, stdin="", env=None, **table):
        """One of the programs, as a user in their home."""
        environment = {
            "PATH": SYSTEM_PATH,
            "HOME": str(self.home(user)),
            "SLURM_CONF": str(self.here.conf),
            "PETAL_SUBMIT_TABLES": str(self.table(**table)),
            **(env or {}),
        }
        program, *arguments = map(str, command)
        return subprocess.run(
            ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
             self.programs / program, *arguments],
            check=False, env=environment, cwd=cwd or self.home(user), input=stdin,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def submit(self, user, *arguments, **more):
        """A job's number on the other side."""
        run = self.run(user, "petal-submit", "--parsable", *arguments, **more)
        assert run.returncode == 0, run.stderr
        assert run.stderr == ""
        number, _, cluster = run.stdout.strip().partition(";")
        assert cluster == THERE
        return int(number)

    def jobs(self, side):
        """Each job of a side, as `scontrol show` tells of it."""
        text = side.command("scontrol", "-o", "show", "job", check=False).stdout
        lines = [line for line in text.splitlines() if line.startswith("JobId=")]
        return [dict(w.split("=", 1) for w in line.split() if "=" in w) for line in lines]

    def job(self, number):
        return next(job for job in self.jobs(self.there) if job["JobId"] == str(number))

    def ended(self, number):
        """A job of the other side, once it has ended."""
        active = {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING"}
        until(lambda: self.job(number)["JobState"] not in active, f"job {number} ends", 30)
        return self.job(number)

    def output(self, user, name):
        path = self.home(user) / name
        until(path.exists, f"{path} is there")
        return path.read_text()

    def script(self, user, text, name="job.sh"):
        path = self.home(user) / name
        path.write_text(text)
        shutil.chown(path, user)
        return path


@contextlib.contextmanager
def people(*names):
    """Accounts of this machine for a while; of several test runs at once the last removes them."""
    gate, used = (Path(tempfile.gettempdir(), f"petal-people.{name}") for name in ("gate", "used"))
    with used.open("a") as lock:
        with locked(gate):
            for number, name in enumerate(names):
                add_account(name, 47101 + number)
            fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            yield list(names)
        finally:
            with locked(gate), contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for name in names:
                    subprocess.run(["userdel", name], check=False, capture_output=True)


@contextlib.contextmanager
def locked(path):
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def add_account(name, uid):
    if name not in {each.pw_name for each in pwd.getpwall()}:
        command = ["useradd", "--no-create-home", "--user-group", "-u", str(uid), name]
        subprocess.run(command, check=True)
