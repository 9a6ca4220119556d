"""Whatever goes wrong, nobody's node is taken away."""

from __future__ import annotations

import dataclasses
import json

import pytest

from petal_constructs.templates.scaler.answers import Service
from petal_constructs.templates.scaler.scaler import Scaler
from petal_constructs.templates.scaler.slurm import Slurm
from tests.scaler import records, rest_server

SMALL = "cpu-cpu4"


@pytest.fixture
def rest():
    server = rest_server.RestServer()
    yield server
    server.close()


@pytest.fixture
def scaler(rest, kubernetes, tmp_path):
    token = tmp_path / "slurm-token"
    token.write_text("slurm-token\n")
    service = Service(rest.url, timeout_s=0.3, most_bytes=1 << 20)
    return Scaler(kubernetes, Slurm(service, "nobody", token), idle_s=300)


@pytest.fixture
def at_work(rest, api):
    """Two nodes, one job on each."""
    rest.answers["nodes"] = records.answer(
        "nodes",
        [records.node(f"{SMALL}-{n}", state=("ALLOCATED",), alloc_cpus=4) for n in range(2)],
    )
    jobs = [records.running(n, f"{SMALL}-{n - 1}") for n in (1, 2)]
    rest.answers["jobs"] = records.answer("jobs", jobs)
    api.set(cpu_cpu4=2)
    return rest


@pytest.fixture
def refused(caplog):
    """How many rounds were refused so far."""
    caplog.set_level("INFO", "petal")
    return lambda: sum(json.loads(line)["event"] == "refused" for line in caplog.messages)


def test_nodes_at_work_are_no_reason_for_doubt(scaler, at_work, api, refused):
    for now in (0, 400, 800):
        scaler.round(now)

    assert (api.calls, refused()) == ([], 0)


WRONG = {
    "no JSON": b"<html>",
    "half of it": b'{"jobs": [',
    "too deep": b"[" * 100_000,
    "a list": [],
    "null": None,
    "nothing in it": {},
    "no list": {"jobs": None, "nodes": None},
    "a number": {"jobs": 3, "nodes": 3},
    "errors beside it": {"jobs": [], "nodes": [], "errors": [{"error": "no contact"}]},
    "records of words": {"jobs": ["a"], "nodes": ["a"], "errors": []},
    "empty records": {"jobs": [{}], "nodes": [{}], "errors": []},
    "no answer": rest_server.silent,
    "a byte at a time": rest_server.dripping,
    "no end": rest_server.endless,
    "a cut": rest_server.cut,
}


@pytest.mark.parametrize("what", ["jobs", "nodes"])
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_changes_nothing(scaler, at_work, api, refused, what, wrong):
    at_work.answers[what] = wrong

    for now in (0, 400, 800):
        scaler.round(now)

    assert (api.calls, refused()) == ([], 3)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (rest_server.endless, "more than 1048576 bytes"),
        (rest_server.dripping, "takes more than 0.3 s"),
    ],
    ids=["no end", "a byte at a time"],
)
def test_no_answer_is_waited_for_or_kept_without_end(scaler, rest, caplog, wrong, complaint):
    caplog.set_level("INFO", "petal")
    rest.answers["nodes"] = wrong

    scaler.round(0)

    assert complaint in caplog.text


@pytest.mark.parametrize("status", [301, 401, 403, 500, 503])
def test_an_answer_with_a_bad_status_changes_nothing(scaler, at_work, api, refused, status):
    at_work.status = status

    scaler.round(0)
    scaler.round(400)

    assert (api.calls, refused()) == ([], 2)


def test_nobody_there_changes_nothing(scaler, rest, api, refused):
    rest.close()
    api.set(cpu_cpu4=2)

    scaler.round(0)
    scaler.round(400)

    assert (api.calls, refused()) == ([], 2)


def test_a_doubt_starts_the_idle_time_anew(scaler, rest, api):
    api.set(cpu_cpu4=2)
    scaler.round(0)
    good = rest.answers["jobs"]
    rest.answers["jobs"] = b""
    scaler.round(290)
    rest.answers["jobs"] = good
    scaler.round(305)
    scaler.round(590)
    assert api.calls == []

    scaler.round(610)

    assert api.calls == [(SMALL, 0)]


def test_a_new_scaler_waits_the_idle_time_first(scaler, rest, api):
    api.set(cpu_cpu4=2)

    scaler.round(1000)
    scaler.round(1299)
    assert api.calls == []
    scaler.round(1300)

    assert api.calls == [(SMALL, 0)]


def test_a_slurmctld_that_forgot_its_jobs_is_not_believed_at_once(scaler, at_work, api):
    scaler.round(0)
    at_work.answers["jobs"] = records.answer("jobs", [])
    at_work.answers["nodes"] = records.answer("nodes", [records.node(f"{SMALL}-0")])

    scaler.round(400)
    scaler.round(415)
    assert api.calls == []
    scaler.round(800)

    assert api.calls == [(SMALL, 0)]


def test_a_job_on_a_node_that_slurm_does_not_list_is_a_doubt(scaler, at_work, api, refused):
    at_work.answers["nodes"] = records.answer("nodes", [])

    scaler.round(0)
    scaler.round(400)

    assert (api.calls, refused()) == ([], 2)


def test_a_node_is_busy_if_a_job_says_so(scaler, at_work, api):
    idle = [records.node(f"{SMALL}-{n}") for n in range(2)]
    at_work.answers["nodes"] = records.answer("nodes", idle)

    scaler.round(0)
    scaler.round(400)

    assert api.calls == []


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("annotations", None),
        ("annotations", {}),
        ("annotations", {"petal.dev/size": "{"}),
        ("annotations", {"petal.dev/size": "[]"}),
        ("annotations", {"petal.dev/size": '{"cpus": 4}'}),
        ("labels", {}),
    ],
    ids=str,
)
def test_a_node_set_that_does_not_say_its_size_stops_everything(
    scaler, rest, api, refused, part, content
):
    api.set(cpu_cpu4=2)
    api.node_sets["cpu-cpu16"]["metadata"][part] = content

    scaler.round(0)
    scaler.round(400)

    assert (api.calls, refused()) == ([], 2)


def test_a_refused_patch_is_tried_again_and_nothing_is_done_in_its_place(scaler, rest, api):
    rest.answers["jobs"] = records.answer("jobs", [records.job(nodes_wanted=3)])
    api.refused.add(SMALL)
    scaler.round(0)
    api.refused.clear()
    scaler.round(15)

    assert api.calls == [(SMALL, 3), (SMALL, 3)]
    assert api.replicas() == {SMALL: 3, "cpu-cpu16": 0, "gpu-gpu8-cpu32": 0}


def test_nothing_grows_into_room_that_was_not_given_up(scaler, rest, api):
    api.set(cpu_cpu4=8)
    job = records.job(nodes_wanted=5, features="cpu-cpu16")
    rest.answers["jobs"] = records.answer("jobs", [job])
    api.refused.add(SMALL)

    scaler.round(0)

    assert api.calls == [(SMALL, 5)]


def test_an_api_server_that_refuses_the_token_changes_nothing(scaler, at_work, api, tmp_path):
    (tmp_path / "cluster-token").write_text("old")

    scaler.round(0)

    assert api.calls == []


@pytest.mark.parametrize("token", ["slurm-token", "cluster-token"])
def test_without_a_token_nothing_is_asked(scaler, rest, api, tmp_path, token):
    (tmp_path / token).unlink()

    scaler.round(0)

    assert api.calls == rest.asked == []


def test_without_the_ca_of_the_api_server_nothing_happens(scaler, rest, tmp_path):
    far = Service("https://127.0.0.1:1", 0.3, ca_file=str(tmp_path / "no-such-ca"))
    scaler.kubernetes = dataclasses.replace(scaler.kubernetes, service=far)

    scaler.round(0)

    assert rest.asked == []


def test_every_refusal_and_change_is_one_line_of_json(scaler, rest, api, caplog):
    caplog.set_level("INFO", "petal")
    rest.answers["jobs"] = b"x"
    scaler.round(0)
    rest.answers["jobs"] = records.answer("jobs", [records.job()])
    scaler.round(15)

    lines = [json.loads(line) for line in caplog.messages]

    assert [line["event"] for line in lines] == ["refused", "scaled"]
    assert "no JSON" in lines[0]["because"]
    assert lines[1] == {"event": "scaled", "nodeset": SMALL, "replicas": 1, "was": 0, "needed": 1}


@pytest.mark.parametrize(
    ("spoken", "asked"), [("v0.0.44", 1), ("v0.0.43", 2), ("v0.0.42", 3), ("v0.0.38", 4)]
)
def test_the_best_version_that_both_speak_is_found_once(scaler, rest, spoken, asked):
    rest.version = spoken

    scaler.round(0)
    scaler.round(15)

    pings = [path for path in rest.asked if path.endswith("/ping")]
    assert len(pings) == asked
    assert rest.asked[asked:] == [f"/slurm/{spoken}/{what}" for what in ("nodes", "jobs")] * 2
    assert rest.users == {"nobody"}


def test_a_slurm_of_another_age_is_refused(scaler, rest, api, refused):
    rest.version = "v0.0.99"
    api.set(cpu_cpu4=2)

    scaler.round(0)
    scaler.round(400)

    assert (api.calls, refused()) == ([], 2)
