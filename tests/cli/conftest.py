from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from moto.cloudformation.models import cloudformation_backends as backends
from moto.server import ThreadedMotoServer

from petal_constructs.cli.main import run
from tests.aws.recorded import play

ROOT = Path(__file__).parents[2]
PETAL = (sys.executable, "-m", "petal_constructs")
_HURRY = """\
from petal_constructs.__main__ import main
from petal_constructs.cli import stack_change

stack_change.PAUSE_S = 1
main()
"""
HURRIED_PETAL = (sys.executable, "-c", _HURRY)
"""Looks at the events every second, so that tests need not wait for five."""
SMALL = ROOT / "tests/data/seeds/small.yaml"

BAD = """\
cluster:
  name: bad
  region: us-east-1
  platforrm: parallelcluster
compute:
  head_node: t3.large
  queues:
    - name: compute
      instance_types: [c5.2xlarge]
      min_count: 30
      max_count: 20
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory with two seeds in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL.read_text())
    (tmp_path / "bad.yaml").write_text(BAD)
    return tmp_path


@pytest.fixture
def petal(here, capfd):
    """Run a command in this process: its exit code, standard output and standard error."""

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def process(here):
    """Run a command as a process of its own, without a terminal."""

    def call(*arguments, **environment):
        return subprocess.run(
            [*PETAL, *map(str, arguments)],
            cwd=here,
            env=os.environ | {name: str(value) for name, value in environment.items()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return call


@pytest.fixture
def fake_cdk(here):
    """A stand-in for the CDK's command line that writes down its arguments and deploys nothing."""
    program = here / "bin" / "cdk"
    program.parent.mkdir()
    program.write_text(
        f"""#!{sys.executable}
import json, pathlib, sys
pathlib.Path({str(here)!r}, "asked.json").write_text(json.dumps(sys.argv[1:]))
print("working on it")
if "--outputs-file" in sys.argv:
    file = sys.argv[sys.argv.index("--outputs-file") + 1]
    pathlib.Path(file).write_text('{{"petal-small": {{"SshCommand": "ssh ada@192.0.2.1"}}}}')
"""
    )
    program.chmod(0o755)
    return program


@pytest.fixture
def interrupted(here, fake_cdk):
    """Run a command and press Ctrl-C while the CDK works: exit code, output and errors."""
    fake_cdk.write_text(f"#!/bin/sh\ntouch {here}/begun\nexec sleep 60\n")

    def call(*arguments):
        with subprocess.Popen(
            [*PETAL, *arguments],
            cwd=here,
            env=os.environ | {"PETAL_CDK": str(fake_cdk)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        ) as process:
            while not (here / "begun").exists() and process.poll() is None:
                time.sleep(0.05)
            os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=30)
        return process.returncode, out, err

    return call


@pytest.fixture(scope="module")
def moto_server():
    """Address of a moto server in this process."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def cloudformation(moto_server, monkeypatch):
    """CloudFormation in an empty account, which processes that petal starts take for AWS."""
    reset = urllib.request.Request(f"{moto_server}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return boto3.client("cloudformation", region_name="us-east-1")


@pytest.fixture
def a_stack(cloudformation):
    """Make a stack of a name, in a status that CloudFormation knows."""

    def make(name, status="CREATE_COMPLETE", description=""):
        topic = {"Type": "AWS::SNS::Topic"}
        template = json.dumps({"Description": description, "Resources": {"Topic": topic}})
        cloudformation.create_stack(StackName=name, TemplateBody=template)
        (made,) = (
            s for s in backends["123456789012"]["us-east-1"].stacks.values() if s.name == name
        )
        made.status = status
        made.events.clear()  # of its past; they would be newer than what a recording tells

    return make


@pytest.fixture
def while_recorded(here, fake_cdk, cloudformation):
    """Run a command while a recording happens on AWS: exit code, output and errors.

    The stand-in for the CDK's command line ends when all has happened, with an exit code. With
    `seen`, a number of seconds in the recording, petal looks for the first time then.
    """
    fake_cdk.write_text(
        f"#!/bin/sh\ncd {here}\ntouch begun\nwhile [ ! -e done ]; do sleep 0.05; done\n"
        "echo it broke\nexit $(cat done)\n"
    )

    def call(recording, *arguments, code=1, seen=0):
        begin, errors = datetime(2026, 11, 23, 9, 0, tzinfo=UTC), here / "errors"
        with (
            errors.open("w") as stream,
            subprocess.Popen(
                [*(HURRIED_PETAL if seen else PETAL), *arguments],
                cwd=here,
                env=os.environ | {"PETAL_CDK": str(fake_cdk)},
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
            ) as process,
        ):
            _wait(process, (here / "begun").exists)
            play(recording, begin, (0, seen))
            _wait(process, lambda: not seen or "0:00  " in errors.read_text())
            play(recording, begin, (seen, 3600))
            (here / "made").write_text(str(code))
            (here / "made").rename(here / "done")
            out, _ = process.communicate(timeout=60)
        return process.returncode, out, errors.read_text()

    return call


def _wait(process, until):
    while not until() and process.poll() is None:
        time.sleep(0.05)
