"""What sbatch and petal-submit make of the same words, by the Slurm that both submit to."""

from __future__ import annotations

import pytest

from tests.need import SYSTEM_PATH
from tests.submit.machine import THERE

ANN = "petal-ann"


def environment_of(machine, *options, **variables):
    machine.script(
        ANN, "#!/bin/bash\n#SBATCH -p remote\nenv -0 | sort -z | tr '\\0' '\\n'\n", "e.sh"
    )
    number = machine.submit(ANN, *options, "e.sh", env=variables)
    machine.ended(number)
    lines = machine.output(ANN, f"slurm-{number}.out").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_a_job_has_the_environment_that_it_is_submitted_in(machine):
    found = environment_of(machine, MINE="a 'b' c")

    assert found["MINE"] == "a 'b' c"
    assert found["SLURM_SUBMIT_DIR"] == str(machine.home(ANN))
    assert found["SLURM_JOB_NAME"] == "e.sh"
    assert found["SLURM_CLUSTER_NAME"] == THERE


def test_a_job_does_not_learn_where_the_slurm_of_this_side_is(machine):
    found = environment_of(
        machine, SLURM_JWT="secret", SLURM_CLUSTERS_X="kept", SLURM_CLUSTER_NAME="demo"
    )

    assert "SLURM_JWT" not in found
    assert "PETAL_SUBMIT_TABLES" not in found
    assert found.get("SLURM_CONF") != str(machine.here.conf)
    assert found["SLURM_CLUSTERS_X"] == "kept"


def test_a_job_of_a_job_is_none_of_its_tasks(machine):
    found = environment_of(machine, SLURM_JOB_ID="7", SLURM_ARRAY_TASK_ID="3", SLURM_NTASKS="64")

    assert "SLURM_ARRAY_TASK_ID" not in found
    assert found.get("SLURM_NTASKS") != "64"


@pytest.mark.parametrize(
    ("rule", "there", "missing"),
    [
        ("NONE", {}, {"MINE", "OTHER"}),
        ("ALL,MORE=1", {"MINE": "m", "OTHER": "o", "MORE": "1"}, set()),
        ("MINE", {"MINE": "m"}, {"OTHER"}),
        ("MINE,MORE='a,b'", {"MINE": "m", "MORE": "a,b"}, {"OTHER"}),
    ],
)
def test_export_says_what_of_the_environment_a_job_gets(machine, rule, there, missing):
    found = environment_of(machine, f"--export={rule}", MINE="m", OTHER="o")

    assert {name: found.get(name) for name in there} == there
    assert not missing & set(found)


def test_sbatch_export_is_heard(machine):
    assert "MINE" not in environment_of(machine, SBATCH_EXPORT="NONE", MINE="m")


OPTIONS = [
    [],
    ["-n", "3", "-c", "2"],
    ["-N", "2", "--ntasks-per-node=2"],
    ["-N", "1-2", "--exclusive"],
    ["--mem=1G", "-t", "1-2:30"],
    ["--mem-per-cpu", "300M", "-t", "90", "--time-min=60"],
    ["-t", "UNLIMITED"],
    ["-C", "nodes", "-L", "matlab:2", "--nice=50"],
    ["--exclusive=user", "--mincpus=4"],
    ["-s", "--requeue", "--open-mode=append"],
    ["-b", "2037-01-31T12:00:00", "-A", "physics"],
    ["--signal=USR1@120", "--mail-type=END,FAIL", "--mail-user=ann@example.org"],
    ["-a", "0-9%3", "--comment=as asked", "-J", "a name"],
    ["-i", "in.txt", "-o", "o-%j", "-e", "e-%j", "--mincpus=2"],
]
OF_NO_ACCOUNT = {"JobId", "SubmitTime", "EligibleTime", "AccrueTime", "LastSchedEval", "Command"}
OF_NO_ACCOUNT |= {"StartTime", "EndTime", "RunTime", "Comment", "StdOut", "StdErr", "ArrayJobId"}
OF_NO_ACCOUNT |= {"Scheduler", "Reason", "SuspendTime", "Deadline", "BatchHost", "AllocNode:Sid"}
OF_NO_ACCOUNT |= {"StdIn"}


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_a_job_is_what_sbatch_would_have_made_of_it(machine, options):
    """Both submit to the same Slurm: it tells the same of both jobs."""
    machine.script(ANN, "#!/bin/bash\nsleep 1\n", "same.sh")
    arguments = ["--parsable", "-H", "-p", "remote", *options, "same.sh", "an argument"]
    direct = machine.there.command(
        "setpriv", f"--reuid={ANN}", f"--regid={ANN}", "--clear-groups", "env", "-C",
        str(machine.home(ANN)), f"PATH={SYSTEM_PATH}", "sbatch", *arguments,
    )  # fmt: skip
    theirs = machine.job(direct.stdout.strip())

    ours = machine.job(machine.submit(ANN, *arguments[1:]))

    machine.there.command("scancel", f"--user={ANN}", "--state=PENDING")
    assert ours.keys() - OF_NO_ACCOUNT == theirs.keys() - OF_NO_ACCOUNT
    assert {k: v for k, v in ours.items() if k not in OF_NO_ACCOUNT} == {
        k: v for k, v in theirs.items() if k not in OF_NO_ACCOUNT
    }
    expected = theirs["StdOut"].replace(theirs["JobId"], ours["JobId"])
    assert ours["StdOut"] == expected.replace(
        theirs.get("ArrayJobId", "-"), ours.get("ArrayJobId", "-")
    )


OF_THE_JOB = {"SLURM_JOB_ID", "SLURM_JOBID", "SLURM_TASK_PID", "TMPDIR", "_", "SHLVL"}
OF_THIS_SIDE = {"SLURM_CONF"}


@pytest.mark.parametrize("options", [[], ["-n2", "-c2"], ["-N2", "--ntasks-per-node=1"]], ids=str)
def test_a_job_sees_what_sbatch_would_have_given_it(machine, options):
    """But for limits of the shell."""
    text = "#!/bin/bash\n#SBATCH -p remote\nenv -0 | sort -z | tr '\\0' '\\n'\n"
    path = machine.script(ANN, text, "env.sh")
    direct = machine.there.command(
        "setpriv", f"--reuid={ANN}", f"--regid={ANN}", "--clear-groups", "env", "-i", "-C",
        str(machine.home(ANN)), f"PATH={SYSTEM_PATH}", f"HOME={machine.home(ANN)}",
        f"SLURM_CONF={machine.there.conf}", "sbatch", "--parsable", *options, str(path),
    )  # fmt: skip
    number = direct.stdout.strip()
    machine.ended(number)
    theirs = lines(machine.output(ANN, f"slurm-{number}.out"))

    ours = environment_of(machine, *options)

    aside = OF_THE_JOB | OF_THIS_SIDE | {name for name in theirs if "RLIMIT" in name}
    aside |= {"SLURM_JOB_NAME", "SLURM_JOB_NODELIST", "SLURM_NODELIST", "SLURMD_NODENAME"}
    aside |= {"SLURM_TOPOLOGY_ADDR", "HOSTNAME"}
    assert {k: v for k, v in theirs.items() if k not in aside} == {
        k: v for k, v in ours.items() if k not in aside
    }


def lines(text):
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
