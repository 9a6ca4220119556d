"""From a seed to a command that runs: built, pushed, pulled back by digest, unpacked."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.containers.base_image import make_base_image
from tests.containers.registry import PASSWORD, USER, clean_environment, push, registry
from tests.need import need_tool

pytestmark = pytest.mark.oracle  # half a minute, and a mirror of Debian's packages

SEED = """\
cluster: {name: lab, region: us-east-1}
network: {ssh_from: [192.0.2.0/24]}
compute:
  head_node: m6i.large
  queues: [{name: compute, instance_types: [c6i.large]}]
software:
  containers:
    - {name: tools, packages: [jq]}
"""


@pytest.fixture
def here(tmp_path):
    (tmp_path / "seed.yaml").write_text(SEED)
    return tmp_path


def petal(here, environment, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "petal_constructs", *arguments],
        cwd=here,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def test_what_petal_builds_and_pushes_runs_where_it_is_pulled(here):
    skopeo = need_tool("skopeo", "apt-get install skopeo")
    umoci = need_tool("umoci", "apt-get install umoci")
    run = need_tool("ch-run", "apt-get install charliecloud")
    environment = clean_environment(here)
    base = make_base_image(here, environment)
    how = ("--tool", "buildah", "--installer", "apt", "--base", base)
    options = ("--tool-option=--network=host", "--tool-option=--layers=false")

    built = petal(here, environment, "build-container", "seed.yaml", *how, *options)
    with registry(here / "registry") as host:
        login = ("--ecr", host, "--username", USER, "--password-stdin")
        pushed = push(here, environment, "seed.yaml", "--tool", "buildah", *login)
        assert pushed.returncode == 0, built.stderr + pushed.stderr
        reference = pushed.stdout.split()[1]
        credentials = ("--src-tls-verify=false", "--src-creds", f"{USER}:{PASSWORD}")
        pull = [skopeo, "copy", *credentials, f"docker://{reference}", f"oci:{here}/oci:1"]
        subprocess.run(pull, check=True)
    planned = petal(here, environment, "plan", "seed.yaml")
    subprocess.run([umoci, "unpack", "--image", f"{here}/oci:1", here / "bundle"], check=True)
    said = subprocess.run(
        [run, here / "bundle/rootfs", "--", "/opt/petal/tools/entrypoint", "jq", "-n", "6*7"],
        env={**os.environ, "USER": "root"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.stdout == "42\n", said.stderr
    assert reference in planned.stdout
