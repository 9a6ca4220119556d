"""The other direction: slurmrestd as the head node's unit runs it, asked with the pods' tables."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from petal_constructs.plan.submission import Submission
from petal_constructs.platforms.parallelcluster.token_config import KEY_FILE
from petal_constructs.platforms.pcs.submission import submission_files
from tests.need import SYSTEM_PATH
from tests.scaler.real_slurm import free_ports, until
from tests.submit.machine import HERE, QUEUES, THERE

NODE = files("petal_constructs").joinpath("templates", "submission")
UNIT = NODE.joinpath("petal-slurmrestd.service").read_text()


def of_unit(key):
    (line,) = (line for line in UNIT.splitlines() if line.startswith(f"{key}="))
    return line.partition("=")[2].split()


@pytest.fixture
def url(machine):
    """Of slurmrestd with the unit's settings, but for what this Slurm has elsewhere or later."""
    (port,) = free_ports(1)
    known = {
        "/opt/slurm/sbin/slurmrestd": "slurmrestd",
        "openapi/slurmctld": "openapi/v0.0.38",
        "0.0.0.0:6840": f"127.0.0.1:{port}",
        "SLURM_CONF=/opt/slurm/etc/slurm.conf": f"SLURM_CONF={machine.there.conf}",
    }
    settings, command = (
        [known.get(word, word) for word in of_unit(key)] for key in ("Environment", "ExecStart")
    )
    account = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    process = subprocess.Popen(
        [*account, "env", *settings, *command], env={"PATH": f"{SYSTEM_PATH}:/usr/sbin"}
    )
    address = f"http://127.0.0.1:{port}"
    until(lambda: listens(port) or process.poll() is not None, "slurmrestd")
    yield address
    assert process.poll() is None
    process.terminate()
    process.wait()


def listens(port):
    return f":{port:04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text()


def test_a_job_of_the_login_pod_lands_on_the_head_node_as_its_owner(machine, url):
    user = machine.users[0]
    known = Submission(
        here=HERE, there=THERE, url=url, default_queue="local", queues=tuple(QUEUES.items())
    )
    table = json.loads(submission_files(known)["submit.json"]) | {
        "token_socket": str(machine.socket)
    }
    script = machine.script(user, "#!/bin/sh\nid -un\necho $1\n")

    number = machine.submit(user, "-p", "remote", "-o", "back.txt", script, "a b", **table)

    assert machine.ended(number)["JobState"] == "COMPLETED"
    assert machine.output(user, "back.txt") == f"{user}\na b\n"


def starts(conf):
    """Whether slurmctld still runs after a while, and what it said."""
    command = ["timeout", "3", "setpriv", "--reuid=slurm", "--regid=slurm", "--clear-groups"]
    done = subprocess.run(
        [*command, "slurmctld", "-D", "-f", str(conf)],
        env={"PATH": f"{SYSTEM_PATH}:/usr/sbin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 124, done.stderr


def test_slurmctld_starts_with_the_first_key_and_not_without_it(machine, tmp_path):
    folder = machine.folder / "first"
    (folder / "state").mkdir(parents=True)
    shutil.chown(folder / "state", "slurm")
    key, conf = folder / "petal" / "slurm" / "jwt.key", folder / "slurm.conf"
    (port,) = free_ports(1)
    text = machine.there.conf.read_text().replace(str(machine.there.folder), str(folder))
    lines = [
        line
        for line in text.splitlines()
        if not line.startswith(("AuthAltParameters", "SlurmctldPort", "AuthInfo"))
    ]
    lines += [f"AuthAltParameters=jwt_key={key}", f"SlurmctldPort={port}"]
    lines += [f"AuthInfo=socket={machine.there.folder}/munge/socket"]
    conf.write_text("\n".join(lines) + "\n")
    (folder / "gres.conf").write_text("")
    script = NODE.joinpath("first-key.sh").read_text()
    script = script.replace(KEY_FILE, str(key)).replace(" /etc/petal\n", f" {folder}/petal\n")

    without, why = starts(conf)
    subprocess.run(["bash", "-c", script], check=True, env=dict(os.environ))
    with_it, said = starts(conf)

    assert not without
    assert "Could not load key file" in why
    assert with_it, said
