"""Which images jobs of a queue see, under a real Slurm with a real Lmod."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from petal_constructs.render.queue_images import (
    PROGRAM,
    QUEUES_FOLDER,
    TABLE,
    queue_table,
    task_prolog,
)
from tests.containers.image_tree import direct_tree
from tests.need import missing
from tests.scaler.real_slurm import RealSlurm

CONF = """\
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PartitionName=all Nodes=ALL Default=YES State=UP
PartitionName=one Nodes=ALL State=UP
PartitionName=none Nodes=ALL State=UP
TaskProlog={folder}/task-prolog
"""
LMOD = Path("/usr/share/lmod/lmod/init/bash")
BEFORE = "-\t/t/bio\n-\t/t/chem\n"
SHOW = 'echo "$MODULEPATH"'


def test_a_table_has_all_trees_and_those_of_queues_that_show_fewer():
    trees = {"bio": "/t/bio", "chem": "/t/chem"}

    assert queue_table([("one", ("bio",))], trees) == f"{BEFORE}one\t/t/bio\n"
    assert queue_table([("none", ())], trees) == f"{BEFORE}none\t-\n"
    assert queue_table([], trees) == ""


@pytest.fixture
def queues(tmp_path):
    """The folder of a node, and three trees beside it."""
    trees = {name: str(tmp_path / "images" / name) for name in ("bio", "chem", "late")}
    for name in ("bio", "chem"):
        Path(trees[name], "modules").mkdir(parents=True)
    return write_queues(tmp_path, trees)


def write_queues(folder, trees):
    folder = folder / "queues"
    folder.mkdir()
    (folder / PROGRAM).write_text(task_prolog())
    (folder / PROGRAM).chmod(0o755)
    shown = [("one", ("bio",)), ("two", ("chem", "late")), ("none", ())]
    known = [(queue, tuple(n for n in names if n in trees)) for queue, names in shown]
    (folder / TABLE).write_text(queue_table(known, trees))
    return folder


def prolog(folder, queue, path):
    """What the program says of a module path; {} stands for the folder of all trees."""
    images = folder.parent / "images"
    variables = {"SLURM_JOB_PARTITION": queue, "MODULEPATH": path}
    environment = {k: v.replace("{}", str(images)) for k, v in variables.items() if v is not None}
    done = subprocess.run(
        [folder / PROGRAM], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.replace(str(images), "{}")


BOTH = "{}/chem/modules:{}/bio/modules"


@pytest.mark.parametrize(
    ("queue", "path", "told"),
    [
        ("one", f"{BOTH}:/spack", "{}/bio/modules:/spack"),
        ("one", f"/spack:{BOTH}:/own", "/spack:{}/bio/modules:/own"),
        ("one", "/spack", "{}/bio/modules:/spack"),
        ("two", f"{BOTH}:/spack", "{}/chem/modules:/spack"),
        ("none", f"{BOTH}:/spack", "/spack"),
        ("none", BOTH, ""),
        ("one", "/a b:/*:{}/bio/modules-not", "{}/bio/modules:/a b:/*:{}/bio/modules-not"),
    ],
)
def test_the_path_has_what_the_queue_shows_and_all_that_is_no_image(queues, queue, path, told):
    assert prolog(queues, queue, path) == f"export MODULEPATH={told}\n"


@pytest.mark.parametrize(
    ("queue", "path"),
    [("other", BOTH), ("one", None), ("one", ""), (None, BOTH), ("one", "/a\n/b"), ("-", BOTH)],
)
def test_elsewhere_nothing_is_said(queues, queue, path):
    assert prolog(queues, queue, path) == ""


def test_without_a_table_tasks_go_on(queues):
    (queues / TABLE).unlink()

    assert prolog(queues, "one", BOTH) == ""


@pytest.fixture(scope="module")
def cluster():
    """A Slurm, two images of petal's, and a folder that everybody writes to."""
    if os.geteuid() != 0:
        missing("root", "the daemons of Slurm run as several users")
    if not LMOD.exists():
        missing("Lmod", "apt-get install lmod")
    folder = Path(tempfile.mkdtemp(prefix="petal-slurm-"))
    folder.chmod(0o755)
    trees = {name: direct_tree(folder / "petal", name) for name in ("bio", "chem")}
    queues = write_queues(folder, {name: str(tree) for name, tree in trees.items()})
    for tree in trees.values():
        program = tree / "petal-exec"
        program.write_text(program.read_text().replace(QUEUES_FOLDER, str(queues)))
    (folder / "data").mkdir()
    (folder / "data").chmod(0o777)
    daemons = RealSlurm(
        folder, CONF.format(folder=queues), [], pods={"n1": "CPUs=4 RealMemory=1000"}
    )
    try:
        daemons.start()
        daemons.start_pod("n1")
        yield daemons
    finally:
        daemons.stop_all()
        shutil.rmtree(folder)


def run(slurm, *command, shell=""):
    """What a command of nobody says, typed where all modules are on the path."""
    petal = slurm.folder / "petal"
    paths = f"module use {petal}/bio/modules {petal}/chem/modules /usr/share/modules/modulefiles"
    script = f'source {LMOD}; {paths}; {shell}\nexec "$@"'
    typed = ("bash", "-c", script, "bash", *command)
    return slurm.command(
        "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
        "env", f"BASH_ENV={LMOD}", "HOME=/nonexistent", *typed, check=False,
    )  # fmt: skip


def batch(slurm, script, *options, shell=""):
    data = slurm.folder / "data"
    for old in data.iterdir():
        old.unlink()
    file = data / "job.sh"
    file.write_text(f"#!/bin/bash\n{script}\n")
    done = run(
        slurm, "sbatch", "-W", "-D", str(data), "-o", "%A_%a.out", "-e", "err", *options,
        str(file), shell=shell,
    )  # fmt: skip
    output = "".join(each.read_text() for each in sorted(data.glob("*.out")))
    return done.returncode, output, (data / "err").read_text()


AVAIL = "module -t avail 2>&1 | grep -c /petal/"


def test_batch_jobs_and_their_steps_see_the_images_of_their_queue(cluster):
    script = f"{AVAIL}\nmodule -t avail 2>&1 | grep -o '/petal/[a-z]*'; srun -n 2 sh -c '{SHOW}'"

    code, output, _ = batch(cluster, script, "-p", "one", "-n", "2")

    bio, system = f"{cluster.folder}/petal/bio/modules", "/usr/share/modules/modulefiles"
    count, found, *steps = output.splitlines()
    assert (code, count, found) == (0, "1", "/petal/bio")
    assert len(steps) == 2
    for path in steps:
        assert bio in path.split(":")
        assert system in path.split(":")
        assert "/petal/chem" not in path


def test_a_queue_that_names_none_shows_all(cluster):
    assert batch(cluster, AVAIL, "-p", "all")[:2] == (0, "2\n")


def test_tasks_of_arrays_see_them(cluster):
    code, output, _ = batch(cluster, AVAIL, "-p", "one", "--array=1-2")

    assert (code, output) == (0, "1\n1\n")


def test_a_step_that_is_typed_sees_them(cluster):
    done = run(cluster, "srun", "-p", "one", "bash", "-c", AVAIL)

    assert done.stdout == "1\n", done.stderr


def test_modules_of_the_queue_load_and_run_and_others_are_not_there(cluster):
    script = "module load samtools; samtools args 'a b'; module load bwa && bwa args c"

    assert batch(cluster, script, "-p", "one")[:2] == (0, "<a b>\n<c>\n")
    code, _, errors = batch(cluster, "module load samtools", "-p", "none")
    assert code == 1
    assert "samtools" in errors


def test_a_module_that_was_loaded_before_is_refused_with_a_word(cluster):
    chem = f"module use {cluster.folder}/petal/chem/modules; module load samtools"

    for script in ("samtools where", "srun -n 1 samtools where"):
        code, output, errors = batch(cluster, script, "-p", "one", shell=chem)
        assert (code, output) == (77, "")
        said = "petal: samtools/1.17.2: jobs of the queue one do not use the image chem\n"
        assert said in errors
    assert batch(cluster, "samtools args a", "-p", "all", shell=chem)[:2] == (0, "<a>\n")
