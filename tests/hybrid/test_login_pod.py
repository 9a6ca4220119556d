"""petal-submit on the login pod: what is mounted where, and for whom."""

from __future__ import annotations

import subprocess

import pytest

from petal_constructs.platforms.pcs import submission
from petal_constructs.platforms.pcs.charts.login import login, submission_programs
from petal_constructs.render.submit import submit_programs
from tests.hybrid.seeds import HYBRID
from tests.need import need_tool
from tests.stacks import plan_of

PLAN = plan_of(HYBRID).pcs
SLURM = PLAN.clusters[0]
FILES = submission.submission_files(SLURM.submission)


@pytest.fixture(scope="module")
def objects():
    return login(PLAN, SLURM, public=True).objects


def mounts(objects, volume):
    return {
        m["mountPath"]: m
        for m in objects[-1]["spec"]["login"]["volumeMounts"]
        if m["name"] == volume
    }


def volume(objects, name):
    (found,) = (v for v in objects[-1]["spec"]["template"]["spec"]["volumes"] if v["name"] == name)
    return found


def test_the_login_pod_has_the_programs_that_nodes_have(objects):
    (programs,) = submission_programs(SLURM, SLURM.submission).objects

    assert programs["metadata"]["name"] == "petal-submission"
    assert programs["data"] == FILES
    assert FILES.items() >= submit_programs().items()
    assert volume(objects, "petal-submission")["configMap"]["defaultMode"] == 0o755
    assert set(mounts(objects, "petal-submission")) == {
        "/etc/petal/submit",
        "/usr/local/bin/petal-submit",
        "/usr/local/bin/petal-queue",
        "/etc/supervisor/conf.d/petal-token.conf",
    }


def test_what_is_mounted_alone_is_in_the_config_map(objects):
    alone = [m["subPath"] for m in mounts(objects, "petal-submission").values() if "subPath" in m]

    assert len(alone) == 3
    assert {*alone} <= {*FILES}


def test_root_alone_can_read_the_key(objects):
    key = volume(objects, "petal-token-key")["secret"]

    assert key == {"secretName": "petal-token-key", "defaultMode": 0o400}
    assert set(mounts(objects, "petal-token-key")) == {"/etc/petal/keys"}
    # it would give the files to a group
    assert "securityContext" not in objects[-1]["spec"]["template"]["spec"]


def test_the_service_of_tokens_reads_the_key_that_is_mounted():
    (command,) = (
        line for line in FILES["petal-token.conf"].splitlines() if line.startswith("command=")
    )

    assert "/etc/petal/submit/petal-token-service /run/petal/token.sock" in command
    assert command.endswith(' /etc/petal/keys/jwt.key"')
    assert '"token_socket": "/run/petal/token.sock"' in FILES["submit.json"]


def test_the_program_starts_the_one_of_its_name_in_the_mounted_folder(tmp_path):
    folder = tmp_path / "..2026"
    folder.mkdir()
    for name in ("petal-submit", "petal-queue"):
        program = folder / name
        program.write_text('#!/bin/sh\necho "${0##*/}" "$@"\n')
        program.chmod(0o755)
        starter = tmp_path / name
        starter.write_text(FILES["start.sh"].replace("/etc/petal/submit", str(folder)))
        starter.chmod(0o755)

    said = [
        subprocess.run([tmp_path / n, "-p", "a b"], capture_output=True, text=True, check=True)
        for n in ("petal-submit", "petal-queue")
    ]

    assert [one.stdout for one in said] == ["petal-submit -p a b\n", "petal-queue -p a b\n"]


def test_shellcheck_has_nothing_to_say(tmp_path):
    shellcheck = need_tool("shellcheck", "apt-get install shellcheck")
    script = tmp_path / "start.sh"
    script.write_text(FILES["start.sh"])

    done = subprocess.run([shellcheck, script], capture_output=True, text=True, check=False)

    assert done.stdout == ""
