"""`petal-queue` shows both sides, and says which of them it could not ask."""

from __future__ import annotations

import json

import pytest

from tests.scaler.real_slurm import free_ports, until
from tests.scaler.rest_server import RestServer
from tests.submit.machine import HERE, THERE

ANN, BOB = "petal-ann", "petal-bob"


@pytest.fixture
def jobs(machine):
    """A job of each side and user, which waits; numbers by side and user."""
    for side in (machine.here, machine.there):
        side.command("scancel", f"--user={ANN}", f"--user={BOB}")
        for user in (ANN, BOB):
            side.command("scancel", f"--user={user}")
    until(
        lambda: not machine.here.queue() and not machine.there.queue(), "both queues are empty", 40
    )
    found = {}
    for user in (ANN, BOB):
        for queue in ("local", "remote"):
            run = machine.run(
                user,
                "petal-submit",
                "--parsable",
                "-H",
                "-p",
                queue,
                "-J",
                f"{queue}|job",
                "--wrap",
                "x",
            )
            found[queue, user] = run.stdout.split(";")[0].strip()
    return found


def rows(machine, *options, **table):
    run = machine.run(ANN, "petal-queue", "--format", "json", *options, **table)
    found = json.loads(run.stdout)
    return found["jobs"], found["unreachable"], run.returncode


def test_jobs_of_both_sides_are_shown_alike(machine, jobs):
    found, missing, code = rows(machine)

    assert (missing, code) == ([], 0)
    assert {(row["cluster"], row["job_id"], row["user"]) for row in found} == {
        (HERE if queue == "local" else THERE, number, user)
        for (queue, user), number in jobs.items()
    }
    for row in found:
        queue = "local" if row["cluster"] == HERE else "remote"
        assert row["partition"] == queue
        assert row["name"] == f"{queue}|job"
        assert (row["state"], row["time"], row["nodes"]) == ("PENDING", "0:00", "1")
        assert row["where"] == "(JobHeldUser)"


def test_columns_are_those_of_squeue_behind_the_cluster(machine, jobs):
    run = machine.run(ANN, "petal-queue", "--me")

    lines = [line.split() for line in run.stdout.splitlines()]
    assert " ".join(lines[0]) == "CLUSTER JOBID PARTITION NAME USER ST TIME NODES NODELIST(REASON)"
    assert [line[:6] for line in lines[1:]] == [
        [HERE, jobs["local", ANN], "local", "local|job", ANN, "PD"],
        [THERE, jobs["remote", ANN], "remote", "remote|job", ANN, "PD"],
    ]


@pytest.mark.parametrize(("options", "users"), [(["--me"], {ANN}), (["-u", BOB], {BOB})])
def test_jobs_of_one_user_alone_can_be_asked_for(machine, jobs, options, users):
    assert {row["user"] for row in rows(machine, *options)[0]} == users


def test_a_running_job_says_where(machine):
    number = machine.submit(ANN, "-p", "remote", "--wrap", "sleep 60")
    until(lambda: machine.job(number)["JobState"] == "RUNNING", "the job runs")

    found = [row for row in rows(machine)[0] if row["job_id"] == str(number)]

    machine.there.command("scancel", str(number))
    assert found[0]["state"] == "RUNNING"
    assert found[0]["where"].startswith(f"{THERE}-")


def test_an_unreachable_side_is_told_below_the_rest(machine, jobs):
    url = f"http://127.0.0.1:{free_ports(1)[0]}"

    run = machine.run(ANN, "petal-queue", "--me", url=url)

    assert run.returncode == 1
    assert len(run.stdout.splitlines()) == 2
    assert run.stderr == (
        f"petal-queue: error: {THERE} is not shown: {THERE} ({url}) cannot be reached: "
        "[Errno 111] Connection refused\n"
    )


def test_this_side_may_be_the_unreachable_one(machine, jobs):
    found, missing, code = rows(machine, squeue="/no/squeue")

    assert {row["cluster"] for row in found} == {THERE}
    assert [each["cluster"] for each in missing] == [HERE]
    assert code == 1


NEW = {
    "job_id": 7, "partition": "remote", "name": "x\x1b[2J\ny", "user_name": ANN,
    "job_state": ["RUNNING"], "state_reason": "None", "nodes": "n-[0-1]",
    "node_count": {"set": True, "infinite": False, "number": 2},
    "start_time": {"set": True, "infinite": False, "number": 1},
    "array_job_id": {"set": True, "infinite": False, "number": 6},
    "array_task_id": {"set": True, "infinite": False, "number": 0},
    "array_task_string": "",
}  # fmt: skip
WAITING = {
    **NEW, "job_state": ["PENDING"], "state_reason": "Resources", "array_task_string": "1-9%2",
    "array_task_id": {"set": False, "infinite": False, "number": 0},
}  # fmt: skip
ENDED = {**NEW, "job_state": ["COMPLETED"]}


@pytest.fixture
def newer():
    server = RestServer("v0.0.44")
    server.answers["jobs"] = {"jobs": [NEW, WAITING, ENDED], "errors": []}
    yield server
    server.close()


def test_records_of_newer_versions_are_read(machine, newer):
    found = [row for row in rows(machine, url=newer.url)[0] if row["cluster"] == THERE]

    assert [(row["job_id"], row["state"], row["nodes"], row["where"]) for row in found] == [
        ("6_0", "RUNNING", "2", "n-[0-1]"),
        ("6_[1-9%2]", "PENDING", "2", "(Resources)"),
    ]


def test_a_name_of_somebody_elses_job_does_not_steer_the_terminal(machine, newer):
    run = machine.run(ANN, "petal-queue", url=newer.url)

    assert "\x1b" not in run.stdout
    assert "x?[2J?y" in run.stdout
