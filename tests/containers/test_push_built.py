"""From a seed to a command that runs: built, pushed, pulled back by digest, unpacked."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.containers import apt_image
from tests.containers.registry import PASSWORD, USER, clean_environment, push, registry
from tests.need import need_tool

pytestmark = pytest.mark.oracle  # half a minute, and a mirror of Debian's packages


def test_what_petal_builds_and_pushes_runs_where_it_is_pulled(tmp_path):
    skopeo = need_tool("skopeo", "apt-get install skopeo")
    umoci = need_tool("umoci", "apt-get install umoci")
    run = need_tool("ch-run", "apt-get install charliecloud")
    here, environment = tmp_path, clean_environment(tmp_path)
    built = apt_image.build(here, environment, "jq")
    with registry(here / "registry") as host:
        login = ("--ecr", host, "--username", USER, "--password-stdin")
        pushed = push(here, environment, "seed.yaml", "--tool", "buildah", *login)
        assert pushed.returncode == 0, built.stderr + pushed.stderr
        reference = pushed.stdout.split()[1]
        credentials = ("--src-tls-verify=false", "--src-creds", f"{USER}:{PASSWORD}")
        pull = [skopeo, "copy", *credentials, f"docker://{reference}", f"oci:{here}/oci:1"]
        subprocess.run(pull, check=True)
    planned = apt_image.petal(here, environment, "plan", "seed.yaml")
    subprocess.run([umoci, "unpack", "--image", f"{here}/oci:1", here / "bundle"], check=True)
    said = subprocess.run(
        [run, here / "bundle/rootfs", "--", "/opt/petal/tools/entrypoint", "jq", "-n", "6*7"],
        env={**os.environ, "USER": "root"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.stdout == "42\n", said.stderr
    assert all(part in planned.stdout for part in reference.split("@"))
