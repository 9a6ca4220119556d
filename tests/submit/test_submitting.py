"""Jobs land where their queue is, and are what sbatch would have made of them."""

from __future__ import annotations

import shlex

import pytest

from tests.scaler.real_slurm import until
from tests.submit.machine import THERE

ANN = "petal-ann"


def test_a_job_for_a_local_queue_is_left_to_sbatch(machine):
    run = machine.run(ANN, "petal-submit", "-p", "also-local", "--wrap", "true")

    assert run.stdout.startswith("Submitted batch job 1"), run.stderr
    assert "cluster" not in run.stdout
    assert run.stderr == ""
    assert machine.jobs(machine.here)[-1]["Partition"] == "also-local"


def test_a_job_for_the_other_side_lands_there(machine):
    run = machine.run(ANN, "petal-submit", "-p", "remote", "--wrap", "id -un")

    assert run.returncode == 0, run.stderr
    number = int(run.stdout.removeprefix("Submitted batch job ").split()[0])
    assert run.stdout == f"Submitted batch job {number} on cluster {THERE}\n"
    job = machine.ended(number)
    assert job["Partition"] == "remote"
    assert job["JobName"] == "wrap"
    assert job["UserId"].startswith(f"{ANN}(")
    assert machine.output(ANN, f"slurm-{number}.out") == f"{ANN}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-p", "local", "job.sh", "two words", "it's"],
        ["--no-such-option", "job.sh"],
        ["-p", "unknown-queue", "job.sh"],
        ["--container-image", "x", "-p", "local", "job.sh"],
        ["missing.sh"],
        ["--help"],
        ["-p", "remote", "--usage"],
        ["--wrap", "a 'b' \"c\""],
    ],
)
def test_sbatch_gets_the_very_same_arguments(machine, arguments):
    sbatch = machine.script(ANN, '#!/bin/sh\nprintf "[%s]" "$@"\nexit 7\n', "its-sbatch")
    sbatch.chmod(0o755)
    machine.script(ANN, "#!/bin/sh\n")

    run = machine.run(ANN, "petal-submit", *arguments, sbatch=str(sbatch))

    assert run.stdout == "".join(f"[{word}]" for word in arguments), run.stderr
    assert run.returncode == 7


@pytest.mark.parametrize(
    ("script", "environment", "options", "queue"),
    [
        ("", {}, [], "local"),
        ("#SBATCH -p remote", {}, [], "remote"),
        ("#SBATCH --partition=remote", {"SBATCH_PARTITION": "also-remote"}, [], "also-remote"),
        ("#SBATCH -p local", {"SBATCH_PARTITION": "local"}, ["-p", "remote"], "remote"),
        ("#SBATCH -p remote", {}, ["--part=local"], "local"),
        ("true\n#SBATCH -p remote", {}, [], "local"),
        ("#SBATCH -J x -p 'remote' # not -p local", {}, [], "remote"),
    ],
)
def test_the_queue_that_counts_is_the_one_that_sbatch_would_take(
    machine, script, environment, options, queue
):
    machine.script(ANN, f"#!/bin/bash\n{script}\n")

    run = machine.run(ANN, "petal-submit", *options, "--hold", "job.sh", env=environment)

    assert run.returncode == 0, run.stderr
    side = machine.there if queue.endswith("remote") else machine.here
    assert machine.jobs(side)[-1]["Partition"] == queue
    side.command("scancel", "--state=PENDING", f"--user={ANN}")


def test_a_job_that_names_no_queue_goes_where_the_default_queue_is(machine):
    number = machine.submit(ANN, "--wrap", "true", default_queue="also-remote")

    assert machine.job(number)["Partition"] == "also-remote"


@pytest.mark.parametrize("queue", ["local", "remote"])
def test_a_script_may_come_by_stdin(machine, queue):
    text = f"#!/bin/sh\n#SBATCH -p {queue}\n#SBATCH -o from-stdin-{queue}\necho it ran\n"

    run = machine.run(ANN, "petal-submit", stdin=text)

    assert run.returncode == 0, run.stderr
    until(lambda: machine.output(ANN, f"from-stdin-{queue}") == "it ran\n", "its output")


def test_arguments_arrive_as_they_were(machine):
    words = ["two words", "it's", 'say "x"', "$HOME", "*", "", "back\\slash", "line\nend", "-p"]
    machine.script(ANN, "#!/bin/bash\n#SBATCH -p remote\nprintf '[%s]' \"$@\"\n")

    number = machine.submit(ANN, "job.sh", *words)

    machine.ended(number)
    assert machine.output(ANN, f"slurm-{number}.out") == "".join(f"[{w}]" for w in words)


def test_the_exit_code_of_a_job_is_its_own(machine):
    number = machine.submit(ANN, "-p", "remote", "--wrap", "exit 3")

    assert machine.ended(number)["ExitCode"] == "3:0"


def test_output_goes_where_it_was_asked_for(machine):
    (machine.home(ANN) / "logs").mkdir(mode=0o777, exist_ok=True)
    (machine.home(ANN) / "logs").chmod(0o777)
    wrap = "echo out; echo err >&2; pwd"

    number = machine.submit(
        ANN,
        "-p",
        "remote",
        "-J",
        "named",
        "-D",
        "logs",
        "-o",
        "%x-%j.o",
        "-e",
        "%u.e",
        "--wrap",
        wrap,
    )

    machine.ended(number)
    folder = machine.home(ANN) / "logs"
    assert (folder / f"named-{number}.o").read_text() == f"out\n{folder}\n"
    assert (folder / f"{ANN}.e").read_text() == "err\n"


def test_each_task_of_an_array_writes_its_file(machine):
    number = machine.submit(
        ANN, "-p", "remote", "-a", "1,4-6:2", "--wrap", "echo $SLURM_ARRAY_TASK_ID"
    )

    for task in (1, 4, 6):
        name = f"slurm-{number}_{task}.out"
        until(lambda name=name: machine.output(ANN, name) != "", name)
        assert machine.output(ANN, name) == f"{task}\n"


def test_a_job_waits_for_a_job_of_its_side(machine):
    first = machine.submit(ANN, "-p", "remote", "-H", "--wrap", "true")

    second = machine.submit(ANN, "-p", "remote", "-d", f"afterok:{first}", "--wrap", "true")

    assert machine.job(second)["Dependency"] == f"afterok:{first}(unfulfilled)"
    machine.there.command("scancel", str(first), str(second))


def test_a_job_does_not_wait_for_one_of_this_side_or_of_somebody_else(machine):
    local = machine.run(ANN, "petal-submit", "--parsable", "-p", "local", "-H", "--wrap", "true")
    others = machine.submit("petal-bob", "-p", "remote", "-H", "--wrap", "true")

    for number in (local.stdout.strip(), others):
        run = machine.run(
            ANN, "petal-submit", "-p", "remote", f"--dependency=afterany:{number}", "--wrap", "x"
        )
        assert run.returncode == 1
        assert run.stderr == (
            f"petal-submit: error: command line: --dependency=afterany:{number}: you have no job "
            f"{number} on {THERE}, and a job waits for jobs of its own side only\n"
        )


def test_memory_of_the_command_line_counts_over_that_of_the_script(machine):
    machine.script(ANN, "#!/bin/bash\n#SBATCH -p remote --mem=2G\n")

    number = machine.submit(ANN, "--mem-per-cpu=50", "-H", "job.sh")

    assert machine.job(number)["MinMemoryCPU"] == "50M"


def test_a_wrapper_for_sbatch_does_the_same(machine):
    run = machine.run(ANN, "sbatch", "-p", "remote", "--wrap", "true")

    assert run.stdout.endswith(f" on cluster {THERE}\n"), run.stderr


def test_the_wrapper_can_be_switched_off(machine):
    run = machine.run(ANN, "sbatch", "-p", "remote", "--wrap", "true", wrapper=False)

    assert run.returncode == 1
    assert run.stderr.startswith("sbatch: error: invalid partition specified: remote")


def test_a_quiet_submission_says_nothing(machine):
    run = machine.run(ANN, "petal-submit", "-Q", "-p", "remote", "--wrap", "true")

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


REFUSED = [
    (["-W"], "--wait: is not carried over to the other side: submit, then look with petal-queue"),
    (["-M", "x"], "--clusters=x: is not carried over to the other side: choose a side by the name"),
    (["--test-only"], "--test-only: is not carried over to the other side"),
    (["--uid=0"], "--uid=0: is not carried over to the other side"),
    (["--propagate=ALL"], "--propagate=ALL: is not carried over"),
    (["--container-image=x"], "there is no option --container-image"),
    (["-t", "soon"], "--time=soon: is not understood: write a time such as 2:00:00 or 1-12"),
    (["--mem=1", "--mem-per-cpu=1"], "--mem-per-cpu=1: stands beside --mem, and only one can be"),
    (["--mail-type=BIRTHDAY"], "--mail-type=BIRTHDAY: there is no event BIRTHDAY"),
    (["--signal=TWICE"], "--signal=TWICE: is no signal: write USR1@120 or B:USR1@120"),
    (["-p", "remote,local"], "the queues remote,local are on both sides, and a job runs on one"),
    (["-n", "many"], "--ntasks=many: is not understood: write a number of 1 or more"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "words"), REFUSED, ids=lambda each: str(each)[:30])
def test_what_cannot_be_carried_over_is_refused(machine, options, words):
    before = machine.jobs(machine.there)

    run = machine.run(ANN, "petal-submit", "-p", "remote", *options, "--wrap", "true")

    assert run.returncode == 1
    assert words in run.stderr, run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert len(machine.jobs(machine.there)) == len(before)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the script is empty"),
        ("echo no shell\n", "line 1: a job script begins with #!"),
        ("#!/bin/sh\r\n#SBATCH -p remote\r\n", "has line ends of Windows: run dos2unix"),
        ("#!/bin/sh\n#SBATCH -p remote --wait\n", "job.sh: line 2: --wait: is not carried over"),
        ("#!/bin/sh\n#SBATCH -p remote\n#SBATCH hetjob\n", "line 3: jobs of several parts run on"),
        ("#!/bin/sh\n#SBATCH -p remote\n#PBS -l x\n", "line 3: #PBS lines are not carried over"),
        ("#!/bin/sh\n#SBATCH -p remote\n#SBATCH -J 'x\n", "line 3: the quote ' is not closed"),
        ("#!/bin/sh\n#SBATCH -p remote\n#SBATCH --bogus\n", "line 3: there is no option --bogus"),
        ("#!/bin/sh\n#SBATCH -p remote stray\n", "stray is no option"),
    ],
)
def test_a_script_is_refused_by_its_line(machine, text, words):
    machine.script(ANN, text)

    run = machine.run(ANN, "petal-submit", *shlex.split("job.sh"), default_queue="remote")

    assert run.returncode == 1
    assert words in run.stderr, run.stderr
    assert run.stderr.startswith("petal-submit: error: job.sh: ")


def test_an_error_has_the_code_that_the_user_asked_for(machine):
    run = machine.run(
        ANN, "petal-submit", "-p", "remote", "-W", "--wrap", "x", env={"SLURM_EXIT_ERROR": "9"}
    )

    assert run.returncode == 9


def test_what_the_other_slurm_refuses_is_told_in_its_words(machine):
    run = machine.run(ANN, "petal-submit", "-p", "remote", "--reservation=none", "--wrap", "true")

    assert run.returncode == 1
    assert run.stderr == (
        f"petal-submit: error: {THERE} takes no such job: Requested reservation is invalid\n"
    )


def test_one_direction_may_be_closed(machine):
    run = machine.run(ANN, "petal-submit", "-p", "remote", "--wrap", "true", url=None)

    assert run.stderr == (
        f"petal-submit: error: nothing is submitted to {THERE} from here: log in to its nodes\n"
    )


def test_bytes_that_json_cannot_carry_are_refused(machine):
    machine.script(ANN, "#!/bin/bash\n#SBATCH -p remote\n")

    for arguments, env in ((["job.sh", "\udcff"], {}), (["job.sh"], {"MINE": "\udcff"})):
        run = machine.run(ANN, "petal-submit", *arguments, env=env)
        assert run.returncode == 1
        assert run.stderr.endswith("is not in UTF-8, and cannot be carried over\n"), run.stderr
