"""Jobs of a real Slurm whose logins and tasks are in pods, with modules by petal's Lmod."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.containers.pods import install_lmod, machine, user_pod
from tests.containers.test_exec_slurm import CONF, ended
from tests.node.root import Node, need_root
from tests.scaler.real_slurm import RealSlurm, until

JOB = """\
#!/bin/bash
#SBATCH --ntasks=2
set -euo pipefail
module load samtools/1.17
samtools args 'a b' "it's" | samtools upper
printf 'x y\\0z' | xargs -0 -n 1 srun -n 1 samtools args
srun -n 2 samtools args 'to both'
srun -n 1 samtools exit 7 || echo "srun: $?"
srun -n 1 bash -c 'module load bwa; bwa args "in a task"'
[ "$(srun -n 1 samtools env SLURM_JOB_ID)" = "$SLURM_JOB_ID" ] && echo 'the same job'
module load nothing || echo "no such module: $?"
exit 9
"""
OUTPUT = """\
<A B>
<IT'S>
<x y>
<z>
<to both>
<to both>
srun: 7
<in a task>
the same job
no such module: 1
"""
RUNTIME = '#!/bin/sh\nwhile [ "$1" != /petal/x.sif ]; do shift; done\nshift\nexec "$@"\n'
FOREIGN = "#!/bin/sh\necho somebody else: $*\n"


class Cluster:
    """A login pod and a compute pod of one Slurm, which share /petal and a folder of data."""

    def __init__(self, folder: Path):
        self.folder = folder
        petal = folder / "petal"
        petal.mkdir()
        self.login, self.compute = Node("login", petal), Node("compute", petal)
        self.slurm = RealSlurm(folder, CONF, [], pods={"n1": "CPUs=4 RealMemory=1000"})
        self.data = folder / "data"
        self.data.mkdir()
        self.data.chmod(0o777)

    def start(self) -> None:
        maker = Node("images", self.folder / "petal")
        try:
            install_lmod(maker, machine())
        finally:
            maker.discard()
        for pod in (self.login, self.compute):
            shutil.rmtree(pod.path("/usr/local/bin"))  # stand-ins
            user_pod(pod, "bio")
        self.foreign_image()
        self.slurm.start()
        (self.slurm.folder / "spool/n1").mkdir()
        self.slurmd = self.compute.start(
            "slurmd", "-D", "-N", "n1", "-f", str(self.slurm.conf), apart="",
            SLURM_CONF=str(self.slurm.conf),
        )  # fmt: skip
        until(lambda: self.slurm.state("n1") == "idle", "the pod is idle")

    def foreign_image(self) -> None:
        """An image that needs a runtime, whose stand-in runs the command where it is."""
        tree = "/petal/containers/gatk"
        self.login.put("/petal/runtime", RUNTIME, 0o755)
        self.login.put("/petal/gatk", FOREIGN, 0o755)
        self.login.put(f"{tree}/commands.tsv", "gatk\t4.3\tgatk\t/petal/gatk\n")
        self.login.put(f"{tree}/ready", "")
        self.login.put("/petal/x.sif", "")
        text = "runtime=apptainer\nprogram=/petal/runtime\nimage=/petal/x.sif\nonly=jobs\n"
        self.login.put(f"{tree}/image.conf", text)
        exec_folder = "/opt/petal/bio"
        made = self.login.run(
            "sh", "-c",
            f"mkdir -p /petal/containers/_petal; cp {exec_folder}/petal-exec"
            f" {exec_folder}/make-modules.sh {exec_folder}/module.tcl /petal/containers/_petal;"
            f" sh /petal/containers/_petal/make-modules.sh {tree}",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr

    def as_user(self, command: str):
        """A command of nobody's login shell."""
        return self.login.run(
            "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
            "bash", "-lc", f"cd {self.data} && {command}", apart="",
            SLURM_CONF=str(self.slurm.conf), HOME="/nonexistent",
        )  # fmt: skip

    def submit(self, script: str) -> str:
        (self.data / "job.sh").write_text(script)
        done = self.as_user("sbatch --parsable -o out -e err job.sh")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def wait(self, job: str):
        return until(lambda: ended(self.slurm, job), "the job ended", 60)

    def stop(self) -> None:
        if hasattr(self, "slurmd"):
            self.slurmd.terminate()
            self.slurmd.wait(20)
        self.slurm.stop_all()
        self.login.discard()
        self.compute.discard()


@pytest.fixture(scope="module")
def cluster():
    need_root()
    # pods see /dev/shm as it is, sockets too
    folder = Path(tempfile.mkdtemp(dir="/dev/shm", prefix="petal-slurm-"))
    folder.chmod(0o755)
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


def said(cluster):
    return [(cluster.data / name).read_text() for name in ("out", "err")]


def test_a_job_script_has_modules_and_commands_of_a_mounted_image(cluster):
    state = cluster.wait(cluster.submit(JOB))

    out, err = said(cluster)
    assert out == OUTPUT, err
    assert state == ("FAILED", "9:0")


def test_a_job_with_a_login_shell_and_an_empty_environment_has_modules_too(cluster):
    job = cluster.submit(
        "#!/bin/bash -l\n#SBATCH --export=NONE\nmodule load bwa && bwa args 'of its own'\n"
    )

    assert cluster.wait(job) == ("COMPLETED", "0:0"), said(cluster)
    assert said(cluster)[0] == "<of its own>\n"


def test_an_image_that_needs_a_runtime_runs_in_jobs_and_not_at_a_login(cluster):
    load = "module load gatk"
    here = cluster.as_user(f"{load} && gatk --version")
    task = cluster.as_user(f"{load} && srun gatk --version")
    job = cluster.wait(cluster.submit(f"#!/bin/bash\n{load}\ngatk here\nsrun -n 1 gatk there\n"))

    assert here.returncode == 69
    assert "the image runs in jobs only. Run it in a job: srun gatk" in here.stderr
    assert task.stdout == "somebody else: --version\n", task.stderr
    assert job == ("COMPLETED", "0:0"), said(cluster)
    assert said(cluster)[0] == "somebody else: here\nsomebody else: there\n"
