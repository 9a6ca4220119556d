"""Whole jobs in an image: job_submit.lua under a real slurmctld; pyxis itself is not there."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from petal_constructs.planning import plan_seed
from petal_constructs.platforms.pcs import slurm_conf
from petal_constructs.platforms.pcs.job_images import enroot_name, job_submit
from tests.live_changes import seed_of
from tests.need import missing
from tests.scaler.real_slurm import RealSlurm

SEED = {
    "cluster": {"name": "lab", "region": "us-east-1", "platform": "pcs"},
    "compute": {
        "queues": [
            {"name": "all", "instance_types": ["c5.4xlarge"]},
            {
                "name": "stats",
                "instance_types": ["c5.4xlarge"],
                "containers": ["r", "quay.io/lab/py:3"],
                "containers_mode": "whole-job",
            },
        ]
    },
    "software": {"containers": [{"name": "r", "image": "quay.io/lab/r:4"}]},
    "network": {"ssh_from": ["192.0.2.0/24"]},
}
CONF = """\
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PartitionName=all Nodes=ALL State=UP
PartitionName=stats Nodes=ALL Default=YES State=UP
JobSubmitPlugins=lua
"""
PRINT = 'echo "image=${PYXIS_CONTAINER_IMAGE-none}"'
R = "quay.io#lab/r:4"


def test_a_queue_that_asks_for_it_has_its_first_image_in_slurms_files():
    (cluster,) = plan_seed(seed_of(SEED)).clusters

    assert cluster.job_images == {"stats": R}
    assert "JobSubmitPlugins=lua\n" in slurm_conf.extra_conf(cluster)
    script = slurm_conf.config_files(cluster)["job_submit.lua"]
    assert f'["stats"] = "{R}",' in script
    assert 'local default = "all" --' in script


def test_without_such_a_queue_slurm_asks_nobody():
    (cluster,) = plan_seed(seed_of(SEED)).clusters
    queues = tuple(replace(queue, job_image=None) for queue in cluster.queues)

    plain = replace(cluster, queues=queues)

    assert "JobSubmitPlugins" not in slurm_conf.extra_conf(plain)
    assert "job_submit.lua" not in slurm_conf.config_files(plain)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("quay.io/lab/r:4", R),
        ("docker.io/broad/gatk:4.3", "broad/gatk:4.3"),
        ("ubuntu:24.04", "ubuntu:24.04"),
        ("registry.example.org:5000/r", "registry.example.org:5000#r"),
    ],
)
def test_enroot_wants_the_registry_apart(reference, name):
    assert enroot_name(reference) == name


@pytest.mark.parametrize("name", ['x"] = os.exit() --', "a\nb", "", "a b", "\\"])
def test_what_is_no_name_never_becomes_a_program(name):
    with pytest.raises(ValueError, match="cannot stand"):
        job_submit({"stats": name}, "stats")
    with pytest.raises(ValueError, match="cannot stand"):
        job_submit({name: R}, "stats")
    with pytest.raises(ValueError, match="cannot stand"):
        job_submit({"stats": R}, name)


@pytest.fixture(scope="module")
def slurm():
    if os.geteuid() != 0:
        missing("root", "the daemons of Slurm run as several users")
    if not list(Path("/usr/lib").glob("*/slurm*/job_submit_lua.so")):
        missing("Slurm's Lua plugins", "apt-get install slurm-wlm-basic-plugins")
    folder = Path(tempfile.mkdtemp(prefix="petal-slurm-"))
    folder.chmod(0o755)
    daemons = RealSlurm(folder, CONF, [], pods={"n1": "CPUs=4 RealMemory=1000"})
    (folder / "job_submit.lua").write_text(job_submit({"stats": R}, "stats"))
    (folder / "data").mkdir()
    (folder / "data").chmod(0o777)
    try:
        daemons.start()
        daemons.start_pod("n1")
        yield daemons
    finally:
        daemons.stop_all()
        shutil.rmtree(folder)


def nobody(slurm, *command):
    return slurm.command(
        "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", *command
    )


def batch(slurm, *options, environment=(), script=PRINT):
    """What a batch job prints, and what sbatch says to who submits it."""
    data = slurm.folder / "data"
    for old in data.iterdir():
        old.unlink()
    done = nobody(
        slurm, *environment, "sbatch", "-W", "-D", str(data), "-o", "%A_%a.out", *options,
        "--wrap", script,
    )  # fmt: skip
    return "".join(each.read_text() for each in sorted(data.glob("*.out"))), done.stderr


def test_a_batch_job_of_the_queue_gets_its_image_and_its_owner_a_word(slurm):
    printed, said = batch(slurm, "-p", "stats")

    assert printed == f"image={R}\n"
    assert f"petal: the whole job runs in {R}, as all of stats do" in said


def test_so_does_one_that_names_no_queue_and_each_task_of_an_array(slurm):
    assert batch(slurm)[0] == f"image={R}\n"
    assert batch(slurm, "-p", "stats", "--array=1-2")[0] == f"image={R}\n" * 2


def test_who_chose_an_image_keeps_it(slurm):
    own = ("PYXIS_CONTAINER_IMAGE=own",)

    assert batch(slurm, "-p", "stats", environment=own) == ("image=own\n", "")
    named = ("PYXIS_CONTAINER_NAME=own",)
    assert batch(slurm, "-p", "stats", environment=named) == ("image=none\n", "")


def test_other_queues_and_lists_of_queues_are_left_alone(slurm):
    assert batch(slurm, "-p", "all") == ("image=none\n", "")
    assert batch(slurm, "-p", "all,stats") == ("image=none\n", "")


def test_a_step_inherits_it_and_one_that_is_typed_does_not(slurm):
    assert batch(slurm, "-p", "stats", script=f"srun sh -c '{PRINT}'")[0] == f"image={R}\n"
    assert nobody(slurm, "srun", "-p", "stats", "sh", "-c", PRINT).stdout == "image=none\n"


def test_a_job_that_exports_nothing_gets_it_too(slurm):
    assert batch(slurm, "-p", "stats", "--export=NONE")[0] == f"image={R}\n"
