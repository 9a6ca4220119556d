"""Nobody gets a token of somebody else: not by asking, not by looking, not by making one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import pwd
import socket
import subprocess
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from petal_constructs.templates.submit import token_service
from petal_constructs.templates.submit.token_service import NoToken
from tests.need import SYSTEM_PATH
from tests.scaler.real_slurm import until
from tests.submit.proxy import Proxy

ANN, BOB = "petal-ann", "petal-bob"
ASK = """
import socket, sys
service = socket.socket(socket.AF_UNIX)
service.connect(sys.argv[1])
try:
    service.sendall(sys.argv[2].encode())
except BrokenPipeError:
    pass
try:
    sys.stdout.write(service.makefile().read())
except ConnectionResetError:  # what it said was thrown away unread
    sys.stdout.write('{"user": null}')
"""


def as_user(user, *command):
    group = "nogroup" if user == "nobody" else user
    prefix = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"] if user else []
    return subprocess.run(
        [*prefix, *command],
        env={"PATH": SYSTEM_PATH},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def answer(machine, user, words=""):
    run = as_user(user, "/usr/bin/python3", "-I", "-c", ASK, str(machine.socket), words)
    return json.loads(run.stdout)


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def made_token(key, algorithm="HS256", **claims):
    now = int(time.time())
    head = text(json.dumps({"alg": algorithm, "typ": "JWT"}).encode())
    body = text(json.dumps({"iat": now, "exp": now + 300, **claims}).encode())
    signature = text(hmac.new(key, f"{head}.{body}".encode(), hashlib.sha256).digest())
    return f"{head}.{body}.{signature if key else ''}"


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def asked(machine, user, token, method="GET", path="jobs", body=None):
    """Status and answer of the real slurmrestd, with the token of whomever."""
    connection = http.client.HTTPConnection(urlsplit(machine.there.url).netloc, timeout=30)
    headers = {"X-SLURM-USER-NAME": user, "X-SLURM-USER-TOKEN": token}
    headers["Content-Type"] = "application/json"
    sent = None if body is None else json.dumps(body)
    connection.request(method, f"/slurm/v0.0.38/{path}", sent, headers)
    response = connection.getresponse()
    found = response.read()
    connection.close()
    return response.status, found


def accepted(machine, user, token):
    """Whether a job is submitted by it, and whose."""
    job = {"environment": {"A": "b"}, "partition": "remote", "name": "token", "hold": True}
    job["current_working_directory"] = "/tmp"
    sent = {"script": "#!/bin/sh\n", "job": job}
    before = {job["JobId"] for job in machine.jobs(machine.there)}
    asked(machine, user, token, "POST", "job/submit", sent)
    new = [job for job in machine.jobs(machine.there) if job["JobId"] not in before]
    return [job["UserId"].partition("(")[0] for job in new]


@pytest.mark.parametrize("user", [ANN, BOB])
def test_everybody_gets_a_token_of_their_own(machine, user):
    found = answer(machine, user)

    claims = claims_of(found["token"])
    assert found["user"] == claims["sun"] == user
    assert claims["uid"] == pwd.getpwnam(user).pw_uid
    assert claims["exp"] - claims["iat"] == 300
    assert abs(claims["iat"] - time.time()) < 60
    assert accepted(machine, user, found["token"]) == [user]


@pytest.mark.parametrize("words", [BOB, f'{{"user": "{BOB}"}}\n', "uid=0\n", "\x01" * 100])
def test_what_somebody_says_of_themselves_is_not_read(machine, words):
    assert answer(machine, ANN, words)["user"] in (ANN, None)


@pytest.mark.parametrize("user", ["daemon", "nobody", None])
def test_root_and_daemons_get_none(machine, user):
    found = answer(machine, user)

    assert found.keys() == {"error"}
    assert found["error"].endswith("gets no token: only people do")


def test_a_number_without_an_account_gets_none(machine):
    run = as_user(None, "setpriv", "--reuid=47999", "--regid=47999", "--clear-groups",
                  "/usr/bin/python3", "-I", "-c", ASK, str(machine.socket), "")  # fmt: skip

    assert json.loads(run.stdout) == {"error": "user id 47999 has no account here"}


def test_root_of_ones_own_user_namespace_is_still_oneself(machine):
    run = as_user(
        ANN, "unshare", "--user", "--map-root-user",
        "/usr/bin/python3", "-I", "-c", ASK, str(machine.socket), "",
    )  # fmt: skip

    if run.returncode != 0 and "unshare" in run.stderr:
        assert "Operation not permitted" in run.stderr or "No space" in run.stderr
    else:
        assert json.loads(run.stdout)["user"] == ANN


def test_an_account_with_the_name_of_a_daemon_gets_none(monkeypatch):
    slurm = pwd.struct_passwd(("slurm", "x", 5000, 5000, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda _: slurm)

    with pytest.raises(NoToken, match="user slurm gets no token"):
        token_service.account_of(5000)


def test_users_can_neither_read_the_key_nor_replace_the_socket(machine):
    key, where = str(machine.key), str(machine.socket)
    for command in (["cat", key], ["ls", str(machine.key.parent)], ["rm", "-f", where],
                    ["mv", where, where + "x"], ["touch", f"{machine.socket.parent}/x"],
                    ["cat", str(machine.there.folder / "jwt.key")]):  # fmt: skip
        assert as_user(ANN, *command).returncode != 0, command

    assert machine.socket.stat().st_mode & 0o777 == 0o666
    assert machine.key.stat().st_mode & 0o777 == 0o600


def test_users_cannot_look_into_the_service(machine):
    process = machine.services[0].pid

    for name in ("environ", "mem", "maps", "fd"):
        found = as_user(ANN, "sh", "-c", f"cat /proc/{process}/{name}* || ls /proc/{process}/fd/")
        assert found.returncode != 0, name
        assert found.stdout == "", name


def test_a_token_in_use_shows_nowhere_to_others(machine):
    """Bob's program waits for an answer with its token; Ann looks everywhere she can."""
    holding, release = threading.Event(), threading.Event()

    def waits(proxy, handler):
        holding.set()
        release.wait(30)
        proxy.forward(handler)
        handler.close_connection = True

    with Proxy(machine.there.url, waits) as proxy:
        submission = threading.Thread(
            target=machine.run, args=(BOB, "petal-submit", "-p", "remote", "--wrap", "true"),
            kwargs={"url": proxy.url},
        )  # fmt: skip
        submission.start()
        try:
            assert holding.wait(20)
            bobs = pwd.getpwnam(BOB).pw_uid
            mine = [p for p in Path("/proc").glob("[0-9]*") if p.stat().st_uid == bobs]
            assert mine
            for process in mine:
                assert b"eyJ" not in (process / "cmdline").read_bytes()
                assert b"eyJ" not in (process / "environ").read_bytes()
                for name in ("environ", "mem", "maps"):
                    assert as_user(ANN, "cat", f"{process}/{name}").returncode != 0
            assert (
                as_user(ANN, "grep", "-rlaE", "eyJ[A-Za-z0-9]{10}", str(machine.folder)).stdout
                == ""
            )
            logs = [machine.folder / "tokens.log", *machine.home(BOB).rglob("*")]
            assert not [log for log in logs if log.is_file() and b"eyJ" in log.read_bytes()]
        finally:
            release.set()
            submission.join()


def test_the_log_says_who_asked_and_never_the_token(machine):
    token = answer(machine, ANN)["token"]

    log = (machine.folder / "tokens.log").read_text()
    uid = pwd.getpwnam(ANN).pw_uid
    assert f"token: {ANN}, uid {uid}, process " in log
    assert token not in log
    assert "refused: uid 0, process" in log


def test_a_token_serves_nobody_else(machine):
    token = answer(machine, ANN)["token"]

    assert accepted(machine, BOB, token) in ([], [ANN])
    assert accepted(machine, "root", token) in ([], [ANN])
    assert accepted(machine, "slurm", token) in ([], [ANN])


def test_only_tokens_of_the_right_key_and_time_are_taken(machine):
    key = machine.key.read_bytes()
    now = int(time.time())
    own = answer(machine, ANN)["token"].split(".")
    as_bob = text(json.dumps({**claims_of(".".join(own)), "sun": BOB}).encode())

    assert accepted(machine, BOB, made_token(key, sun=BOB)) == [BOB]
    assert accepted(machine, BOB, ".".join([own[0], as_bob, own[2]])) == []
    assert accepted(machine, BOB, made_token(b"", "none", sun=BOB)) == []
    assert accepted(machine, BOB, made_token(os.urandom(32), sun=BOB)) == []
    assert accepted(machine, BOB, made_token(key, sun=BOB, exp=now - 10, iat=now - 310)) == []


def test_a_new_key_counts_at_once(machine):
    old = machine.key.read_bytes()
    try:
        machine.key.write_bytes(os.urandom(32))
        token = answer(machine, ANN)["token"]
    finally:
        machine.key.write_bytes(old)

    assert accepted(machine, ANN, token) == []
    assert accepted(machine, ANN, answer(machine, ANN)["token"]) == [ANN]


@pytest.mark.parametrize(
    ("mode", "key", "words"),
    [
        (0o640, bytes(32), "the key of this login node is not root's alone"),
        (0o604, bytes(32), "the key of this login node is not root's alone"),
        (0o600, bytes(31), "the key of this login node is too short"),
        (None, b"", "this login node has no key yet"),
    ],
)
def test_a_key_that_is_open_short_or_missing_signs_nothing(tmp_path, mode, key, words):
    file = tmp_path / "key"
    if mode is not None:
        file.write_bytes(key)
        file.chmod(mode)

    with pytest.raises(NoToken, match=words):
        token_service.read_key(file)


def test_the_service_does_not_start_where_others_could_replace_its_socket(tmp_path):
    tmp_path.chmod(0o777)

    with pytest.raises(SystemExit, match="is not root's alone"):
        token_service.listen(tmp_path / "token.sock")


def test_who_does_not_read_keeps_nobody_waiting(machine):
    idle = [socket.socket(socket.AF_UNIX) for _ in range(20)]
    try:
        for each in idle:
            each.connect(str(machine.socket))
        begun = time.monotonic()
        assert answer(machine, ANN)["user"] == ANN
        assert time.monotonic() - begun < 5
    finally:
        for each in idle:
            each.close()


def test_a_node_without_a_service_says_where_jobs_are_submitted(machine):
    run = machine.run(ANN, "petal-submit", "-p", "remote", "--wrap", "x", token_socket="/run/none")

    assert run.returncode == 1
    assert run.stderr.startswith("petal-submit: error: no token for the other side: /run/none: ")
    assert run.stderr.endswith("login nodes give one\n")


def test_the_socket_is_there_again_after_a_restart(machine):
    machine.services[0].terminate()
    machine.services.pop(0).wait()
    machine.start_tokens()

    until(lambda: answer_or_none(machine), "the service answers")


def answer_or_none(machine):
    try:
        return answer(machine, ANN)
    except ValueError:
        return None
