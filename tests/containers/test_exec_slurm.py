"""One job script under a real Slurm, with each runtime that this machine has, for a user."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.containers.image_tree import bench
from tests.need import missing
from tests.scaler.real_slurm import RealSlurm, until

CONF = """\
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PartitionName=all Nodes=ALL Default=YES State=UP
"""
JOB = """\
#!/bin/bash
#SBATCH --ntasks=2
set -euo pipefail
module load samtools

samtools args 'a b' "it's" '"quoted"' | samtools upper
for word in one two; do echo "$word" | samtools upper; done
printf 'x y\\0z' | xargs -0 -n 1 srun -n 1 samtools args
srun -n 2 samtools args 'to both'
srun -n 1 samtools where
srun -n 1 samtools exit 7 || echo "srun: $?"
samtools exit 3 || echo "here: $?"
echo 'kept in a file' > 'in put'
srun -n 1 samtools call cat 'in put'
[ "$(srun -n 1 samtools env SLURM_JOB_ID)" = "$SLURM_JOB_ID" ] && echo 'the same job'
exit 9
"""
OUTPUT = """\
<A B>
<IT'S>
<"QUOTED">
ONE
TWO
<x y>
<z>
<to both>
<to both>
{data}
{where}
srun: 7
here: 3
kept in a file
the same job
"""


@pytest.fixture(scope="module")
def slurm():
    if os.geteuid() != 0:
        missing("root", "the daemons of Slurm run as several users")
    folder = Path(tempfile.mkdtemp(prefix="petal-slurm-"))
    folder.chmod(0o755)
    daemons = RealSlurm(folder, CONF, [], pods={"n1": "CPUs=4 RealMemory=1000"})
    try:
        daemons.start()
        daemons.start_pod("n1")
        yield daemons
    finally:
        daemons.stop_all()
        shutil.rmtree(folder)


@pytest.fixture(scope="module", params=["direct", "ch-run"])
def tools(request):
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="petal-") as folder:
        Path(folder).chmod(0o755)
        yield bench(Path(folder), request.param)


def submit(slurm, tools, script):
    """A script of nobody's; its shell has modules, as on a node."""
    init = Path("/usr/share/lmod/lmod/init/bash")
    if not init.exists():
        missing("Lmod", "apt-get install lmod")
    file = tools.data / "job.sh"
    file.write_text(script)
    environment = (f"BASH_ENV={init}", f"MODULEPATH={tools.tree}/modules", "HOME=/nonexistent")
    run = slurm.command(
        "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
        "env", *environment, "sbatch", "--parsable", "-D", str(tools.data),
        "-o", "out", "-e", "err", str(file),
    )  # fmt: skip
    return run.stdout.strip()


def ended(slurm, job):
    """How the job ended, once it has."""
    shown = slurm.command("scontrol", "show", "job", "--oneliner", job).stdout.split()
    fields = dict(word.split("=", 1) for word in shown if "=" in word)
    state = fields["JobState"]
    return None if state in ("PENDING", "RUNNING", "COMPLETING") else (state, fields["ExitCode"])


def test_the_same_job_script_gives_the_same_answers(slurm, tools):
    job = submit(slurm, tools, JOB)

    state = until(lambda: ended(slurm, job), "the job ended", 60)
    where = "on the node" if tools.runtime == "direct" else "in the image"
    assert (tools.data / "out").read_text() == OUTPUT.format(data=tools.data, where=where)
    assert state == ("FAILED", "9:0")


@pytest.mark.parametrize("start", ["srun -n 1 samtools", "samtools", "exec samtools"])
def test_scancel_reaches_the_program(slurm, tools, start):
    said = tools.data / "said"
    said.unlink(missing_ok=True)
    script = f"#!/bin/bash\nmodule load samtools\n{start} wait '{said}'\n"
    job = submit(slurm, tools, script)
    until(lambda: said.exists() and said.read_text().strip(), "the program started", 60)

    slurm.command("scancel", "--full", job)

    until(lambda: ended(slurm, job), "the job ended", 60)
    assert said.read_text().splitlines()[1:] == ["got TERM"]


def test_a_task_that_a_signal_ends_is_seen_by_srun(slurm, tools):
    script = "#!/bin/bash\nmodule load samtools\nsrun -n 1 samtools call sh -c 'kill -9 $$'\n"
    job = submit(slurm, tools, script)

    assert until(lambda: ended(slurm, job), "the job ended", 60) == ("FAILED", "137:0")


@pytest.mark.parametrize("tools", ["ch-run"], indirect=True)
def test_a_job_that_comes_before_its_image_is_told_to_try_again(slurm, tools):
    (tools.tree / "ready").rename(tools.tree / "building")
    try:
        job = submit(slurm, tools, "#!/bin/bash\nmodule load samtools\nsrun -n 1 samtools where\n")
        state = until(lambda: ended(slurm, job), "the job ended", 60)
    finally:
        (tools.tree / "building").rename(tools.tree / "ready")

    assert state == ("FAILED", "75:0")
    assert "the image is still being pulled, see" in (tools.data / "err").read_text()
