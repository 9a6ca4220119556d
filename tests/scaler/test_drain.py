"""What happens to jobs and nodes before everything is deleted."""

from __future__ import annotations

import json

import pytest

from petal_constructs.templates.scaler.answers import Service
from petal_constructs.templates.scaler.drain import Drain, drain
from petal_constructs.templates.scaler.slurm import Slurm
from tests.scaler import records
from tests.scaler.real_slurm import until
from tests.scaler.rest_server import RestServer


@pytest.fixture
def said(caplog):
    caplog.set_level("INFO", "petal")
    return lambda: [json.loads(line) for line in caplog.messages]


@pytest.fixture
def work(slurm, kubernetes, tmp_path):
    token = tmp_path / "drain-token"
    token.write_text(slurm.token("slurm"))
    return Drain(kubernetes, Slurm(Service(slurm.url, 5), "slurm", token))


def test_all_jobs_are_cancelled_and_all_pods_sent_away(work, slurm, api, said):
    api.pods_follow = True
    api.set(cpu_cpu4=2, cpu_cpu16=3)
    for options in (["-n1"], ["-H"], ["--array=1-5"], ["-p", "gpu", "--gpus=1"]):
        assert slurm.sbatch(*options).isdecimal()

    assert drain(work, limit_s=5, pause_s=0.05)

    assert until(lambda: not slurm.queue(), "no job is left")
    assert set(api.replicas().values()) == {0}
    assert said()[0] == {"event": "left", "jobs": 4, "pods": 5}
    assert said()[-1] == {"event": "ended", "empty": True}


def test_the_scaler_is_sent_away_first(work, api):
    """With a queue that keeps nodes, it would bring them back again and again."""
    work.round()

    assert api.scalers == 0


def test_pods_that_the_scaler_brings_back_are_sent_away_again(work, api):
    api.set(cpu_cpu4=2)
    work.round()
    api.set(cpu_cpu4=1)

    work.round()

    assert api.calls == [("cpu-cpu4", 0), ("cpu-cpu4", 0)]


def test_it_waits_for_pods_no_longer_than_it_may_and_says_what_is_left(work, api, said):
    api.node_sets["cpu-cpu4"]["status"]["replicas"] = 2

    assert not drain(work, limit_s=0.2, pause_s=0.05)

    assert said()[-2:] == [
        {"event": "left", "jobs": 0, "pods": 2},
        {"event": "ended", "empty": False},
    ]


def test_pods_go_even_if_slurm_does_not_answer(work, api, said):
    work.slurm.service = Service("http://127.0.0.1:1", 0.2)
    api.set(cpu_cpu4=2)

    work.round()

    assert api.calls == [("cpu-cpu4", 0)]
    assert said()[-1] == {"event": "left", "jobs": "unknown", "pods": 2}


def test_a_job_that_cannot_be_cancelled_stops_nothing_else(kubernetes, api, tmp_path, said):
    token = tmp_path / "drain-token"
    token.write_text("x")
    rest = RestServer()
    rest.answers["jobs"] = records.answer("jobs", [records.job(1), records.job(2)])
    api.set(cpu_cpu4=1)

    # That server answers no DELETE.
    Drain(kubernetes, Slurm(Service(rest.url, 1), "slurm", token)).round()
    rest.close()

    assert [line["event"] for line in said()] == ["refused", "refused", "left"]
    assert api.calls == [("cpu-cpu4", 0)]
