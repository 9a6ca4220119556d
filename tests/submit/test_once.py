"""However an answer is lost, a job is submitted once or not at all."""

from __future__ import annotations

import json
import threading
import time

import pytest

from petal_constructs.templates.submit import submission
from petal_constructs.templates.submit.errors import Refusal, Unreachable
from petal_constructs.templates.submit.options import Option
from petal_constructs.templates.submit.request import Job
from petal_constructs.templates.submit.slurmrestd import OLD, Slurmrestd
from petal_constructs.templates.submit.tokens import Token
from tests.scaler.real_slurm import free_ports
from tests.submit import proxy as faults
from tests.submit.machine import THERE
from tests.submit.proxy import Proxy

ANN = "petal-ann"
LOST = [
    faults.answer_lost,
    faults.answer_cut,
    faults.answer_garbled,
    faults.gateway_gave_up,
    faults.controller_gave_up,
    faults.without_number,
]


def held_jobs(machine, name):
    return [job["JobId"] for job in machine.jobs(machine.there) if job["JobName"] == name]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault.__name__)
def test_a_job_whose_answer_is_lost_is_found_by_its_mark(machine, fault):
    with Proxy(machine.there.url, fault) as proxy:
        number = machine.submit(
            ANN, "-p", "remote", "-H", "-J", fault.__name__, "--wrap", "true", url=proxy.url
        )

    assert proxy.posts == 1
    assert held_jobs(machine, fault.__name__) == [str(number)]


def test_of_an_array_whose_answer_is_lost_the_number_of_the_whole_is_found(machine):
    with Proxy(machine.there.url, faults.answer_lost) as proxy:
        number = machine.submit(
            ANN, "-p", "remote", "-a", "1-3", "-J", "lost-array", "--wrap", "true", url=proxy.url
        )

    assert {
        job["ArrayJobId"] for job in machine.jobs(machine.there) if "lost-array" in job.values()
    } == {str(number)}


def test_a_users_comment_stands_before_the_mark(machine):
    number = machine.submit(ANN, "-p", "remote", "-H", "--comment=mine", "--wrap", "true")

    assert machine.job(number)["Comment"].startswith("mine")


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(submission, "_PATIENCE_S", 1.0)
    monkeypatch.setattr(submission, "_PAUSE_S", 0.1)


def job(name):
    options = {"partition": "remote", "job-name": name, "output": "/dev/null", "hold": ""}
    found = {key: Option(key, value, "test") for key, value in options.items()}
    return Job("#!/bin/sh\n", (), {"A": "b"}, found, "/tmp", "")


def side_at(machine, url, timeout_s=5.0):
    return Slurmrestd(THERE, url, None, Token(ANN, machine.there.token(ANN)), timeout_s)


def test_a_job_that_never_arrived_is_not_sent_again(machine, impatient):
    with (
        Proxy(machine.there.url, faults.never_arrives) as proxy,
        pytest.raises(Refusal) as caught,
    ):
        submission.submit(side_at(machine, proxy.url), OLD, job("never"))

    assert proxy.posts == 1
    assert "it is not known whether the job was submitted: demo-pcs lists no job" in str(
        caught.value
    )
    assert str(caught.value).endswith("Look with petal-queue --me before you submit it again")
    assert held_jobs(machine, "never") == []


def test_a_slow_controller_gets_a_job_once(machine, monkeypatch):
    """The answer is given up before the job is there: it is found once it is."""
    monkeypatch.setattr(submission, "_PAUSE_S", 0.1)

    def late(proxy, handler):
        time.sleep(2)
        proxy.forward(handler)

    with Proxy(machine.there.url, late) as proxy:
        found = submission.submit(side_at(machine, proxy.url, 1.0), OLD, job("late"))

    assert held_jobs(machine, "late") == [str(found.job_id)]


def test_a_side_that_dies_with_the_job_leaves_its_fate_open(machine, impatient):
    down = threading.Event()

    def dies(proxy, handler):
        proxy.forward(handler)
        down.set()
        proxy.target = f"127.0.0.1:{free_ports(1)[0]}"
        handler.close_connection = True

    with Proxy(machine.there.url, dies) as proxy, pytest.raises(Refusal) as caught:
        submission.submit(side_at(machine, proxy.url), OLD, job("dies"))

    assert down.is_set()
    assert "it is not known whether" in str(caught.value)
    assert len(held_jobs(machine, "dies")) == 1


def test_nothing_is_sent_where_nobody_listens(machine):
    url = f"http://127.0.0.1:{free_ports(1)[0]}"

    run = machine.run(ANN, "petal-submit", "-p", "remote", "--wrap", "true", url=url)

    assert run.returncode == 1
    assert run.stderr == (
        f"petal-submit: error: {THERE} ({url}) cannot be reached: [Errno 111] Connection refused\n"
    )


def test_a_controller_that_is_down_takes_no_job(machine):
    machine.there.stop("slurmctld")
    try:
        run = machine.run(ANN, "petal-submit", "-p", "remote", "-J", "down", "--wrap", "true")
    finally:
        machine.restart_controller()

    assert run.returncode == 1
    assert run.stderr.startswith(f"petal-submit: error: {THERE} ")
    assert "Traceback" not in run.stderr
    assert held_jobs(machine, "down") == []


def test_a_side_that_says_no_is_believed(machine):
    def refuses(_, handler):
        faults.send(
            handler, 500, b'{"errors": [{"error_number": 2000, "error": "Invalid partition"}]}'
        )

    with Proxy(machine.there.url, refuses) as proxy, pytest.raises(Refusal) as caught:
        submission.submit(side_at(machine, proxy.url), OLD, job("no"))

    assert str(caught.value) == f"{THERE} takes no such job: Invalid partition"
    assert not isinstance(caught.value, Unreachable)


def test_what_a_newer_slurmrestd_left_aside_is_told(machine):
    """Shapes of v0.0.44: a job that waits is no news, a field that it does not know is."""
    waits = {"description": "Requested nodes are busy", "source": "slurm_submit_batch_job()"}
    ignored = {"description": "Ignoring field x", "source": "#/job/x/"}
    headers = []

    def newer(_, handler):
        headers.append(dict(handler.headers))
        body = {
            "job_id": 7,
            "errors": [],
            "warnings": [waits, ignored],
            "job_submit_user_msg": "hi",
        }
        faults.send(handler, 200, json.dumps(body).encode())

    with Proxy(machine.there.url, newer) as proxy:
        found = submission.submit(side_at(machine, proxy.url), "v0.0.44", job("newer"))

    assert found == submission.Submitted(7, ("hi", "Ignoring field x"))
    assert "X-SLURM-USER-NAME" not in headers[0]


@pytest.mark.parametrize("array", [0, 6])
def test_a_lost_job_is_found_in_records_of_newer_versions(machine, array):
    marks = []

    def listed(_):
        number = {"set": True, "infinite": False, "number": array}
        record = {"job_id": 9, "array_job_id": number, "comment": f"mine {marks[0]}"}
        return 200, json.dumps({"jobs": [record], "errors": []}).encode()

    def loses(proxy, handler):
        size = int(handler.headers["Content-Length"])
        sent = json.loads(handler.rfile.read(size))
        marks.append(sent["job"]["comment"])
        handler.close_connection = True

    with Proxy(machine.there.url, loses) as proxy:
        proxy.listed = listed
        found = submission.submit(side_at(machine, proxy.url), "v0.0.44", job("newer"))

    assert found.job_id == (array or 9)
