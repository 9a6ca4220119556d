"""What a queue has: petal's numbers, and slurmctld's of Debian 12 with the same slurm.conf."""

from __future__ import annotations

import pytest

from petal_constructs.jobs.check import check_job, read_job
from tests.jobs.sites import site
from tests.jobs.test_against_slurm import HEAD, submit

BEYOND = ("PartitionConfig", "PartitionNodeLimit", "PartitionTimeLimit")
"""Why jobs wait that never start."""
OPTIONS = """\
-N 20
-N 21
-n 320
-n 321
-c 16
-c 17
--mem=27597M
--mem=27598M
--mem=0 -N 20
--mem-per-cpu=2G -c 16
--mem-per-cpu=30G
--mem-per-cpu=10G -n 1
--mem-per-cpu=1G --mem=2G
-p gpu -G 1 --mem-per-gpu=1G --mem=2G
-p gpu -G 1 --cpus-per-gpu=2 -c 2
-p gpu -N1 --ntasks-per-gpu=2 --gpus=2
--mem-per-cpu=10G -n 40
--mem-per-cpu=10G -n 41
--mem-per-cpu=1724M -N1 -n 16
-p memory -N 4 --mem=200G
-p memory --mem=200G
-p memory -N 3 --mem=240000M
-p memory -C memory-cpu16 --mem=200G
-p memory -N1 -n 20
-p memory -N1 -n 32
-p memory -N1 -n 33
-p memory -N4 -n 100
-p memory -n 128
-p gpu -G 16
-p gpu -G 17
-p gpu -G 5 -N1
-p gpu -G 3 -N4
-G 1
-G 0 -N 2
--gres=none
--gres=gpu:0
--gres=gpu:1
-p gpu --gres=gpu:4
-p gpu --gres=gpu:5
-p gpu --gres=gpu:a10g:2
-p gpu --gpus-per-node=4 -N 4
-p gpu --gpus-per-node=5
-p gpu --gpus-per-task=1 -n 16
-p gpu --gpus-per-task=1 -n 17
-p gpu --cpus-per-gpu=12 -G 4 -N1
-p gpu --cpus-per-gpu=20 -G 4 -N1
-p gpu --mem-per-gpu=40G -G 4 -N1
-p gpu --mem-per-gpu=50G -G 4 -N1
-N2 -n 32
-N2 -n 33
-N1 -n 17
-N1 -n 17 -O
-N 2-40
-N 18-40
-N 21-40
--mincpus=16
--mincpus=17
--ntasks-per-node=16
-N1 -n 16 --ntasks-per-node=8
-N2 -n 4 --ntasks-per-node=1
-N2 -n 20 --ntasks-per-node=8
--ntasks-per-node=16 -n 4 -N 2 -c 2
--ntasks-per-node=17
--ntasks-per-node=8 -n 160
--ntasks-per-node=8 -n 161
--ntasks-per-node=4 -c 4
--ntasks-per-node=4 -c 5
-N 2 -n 4 -c 8
-N 2 -n 4 -c 9
-N 2 -n 3 -c 16
-n 20 -c 16
-n 21 -c 16
-n 40 -c 9
-t 2-0
-t 3-0
-t 0
-p memory -t 0
--exclusive -N 20
-p compute,memory --mem=100G
-p compute,memory -t 3-0
-p compute,memory -N 21
-p nope
-p compute,nope
-C compute-cpu16
-C haswell
-C [compute-cpu16|haswell]
-w node17
-x node17
--gres=foo:2
-L abaqus:1
--reservation=x
-M other
--reboot
-a 0-1000
-a 0-1001
-A anything
-q anything
--threads-per-core=1 -n 8 -N1
--threads-per-core=1 -n 9 -N1
--hint=nomultithread -n 8 -N1
--hint=nomultithread -n 16 -N1
--ntasks-per-core=1 -n 16 -N1
--mail-type=ALL
--signal=B:USR1@60
--begin=tomorrow
--wckey=x
--get-user-env
"""
BEYOND_MAX_COUNT = ("-p memory -N 5", "-p memory -n 160")


@pytest.mark.parametrize("options", OPTIONS.splitlines())
def test_petal_says_no_where_slurm_says_no_or_lets_a_job_wait_for_ever(slurm, options):
    text = f"{HEAD}#SBATCH {options}\nsleep 1\n"

    said, records = submit(slurm, text, hold=False)
    found = check_job(read_job(text.encode()), site("pcs"))

    refused = bool(said) or records[0]["Reason"] in BEYOND
    assert any(finding.stops for finding in found) == refused, (said, records, found)


@pytest.mark.parametrize("options", BEYOND_MAX_COUNT)
def test_what_slurm_would_take_and_max_count_forbids_is_found(slurm, options):
    text = f"{HEAD}#SBATCH {options}\nsleep 1\n"

    said, _ = submit(slurm, text, hold=False)
    found = check_job(read_job(text.encode()), site("pcs"))

    assert said == ""
    assert any(finding.stops for finding in found)


CLASSIC = """\
-N 20
-N 21
-n 320
-n 321
-c 17
--mem=31129M
--mem=31130M
--mem-per-cpu=2G -c 16
--mem-per-cpu=10G -n 320
--mem-per-cpu=31129M -c 2
--mem-per-cpu=31130M
-p gpu --mem-per-gpu=500G -G 4 -N1
-p memory -N 2 --mem=200G
-p memory -N 3 --mem=200G
-p memory -n 96
-p memory -n 97
-p memory -N 5
-p gpu --gres=gpu:a10g:4
-p gpu --gres=gpu:h100:1
-p gpu --gres=gpu:5
-p gpu -G 16
-p gpu -G 17
-p mixed --gpus-per-node=1 -c 8
-p mixed --gpus-per-node=1 -c 32
-t 2-0
-t 3-0
-t 0
-p compute,memory --mem=100G
-p compute,memory -t 3-0
-p compute,memory -N 21
-C c7i.4xlarge
-C c7i.4xlarge&dynamic
-C static
-p memory -C cpu16 --mem=200G
-w compute-dy-cpu16-3
-w compute-st-cpu16-3
-x compute-dy-cpu16-[1-4]
-L abaqus:4
-L abaqus:40
-L ansys
--threads-per-core=1 -n 16 -N1
--ntasks-per-core=1 -n 16 -N1
-a 0-1000
-a 0-1001
--container-image=ubuntu
"""


@pytest.mark.parametrize("options", CLASSIC.splitlines())
def test_the_same_holds_for_nodes_as_parallelcluster_writes_them(classic_slurm, options):
    text = f"{HEAD}#SBATCH {options}\nsleep 1\n"

    said, records = submit(classic_slurm, text, hold=False)
    found = check_job(read_job(text.encode()), site("parallelcluster"))

    refused = bool(said) or records[0]["Reason"] in BEYOND
    assert any(finding.stops for finding in found) == refused, (said, records, found)
