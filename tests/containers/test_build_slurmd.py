"""An image that a queue runs as slurmd, built for real on a base that starts a daemon."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.containers.apt_image import petal
from tests.containers.base_image import make_base_image, storage

pytestmark = pytest.mark.oracle  # a mirror of Debian's packages

SEED = """\
cluster: {name: lab, region: us-east-1, platform: pcs}
network: {ssh_from: [192.0.2.0/24]}
compute:
  queues: [{name: own, instance_types: [c6i.large], slurmd_image: tools}]
software:
  containers: [{name: tools, packages: [tree]}]
"""
DAEMON = "localhost/petal-test-slurmd:1"
STARTS = ["/usr/local/bin/entrypoint.sh", "slurmd"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What the program said, what the image starts with, and its files of petal's."""
    folder = tmp_path_factory.mktemp("slurmd")
    environment = storage(folder)
    base = make_base_image(folder, environment)
    (folder / "base").mkdir()
    (folder / "base/Dockerfile").write_text(f"FROM {base}\nENTRYPOINT {json.dumps(STARTS)}\n")
    buildah(environment, "build", "--network", "host", "-t", DAEMON, str(folder / "base"))
    (folder / "seed.yaml").write_text(SEED)
    options = ("--network=host", "--layers=false", f"--build-arg=BASE={DAEMON}")
    said = petal(
        folder, environment, "build-container", "seed.yaml", "--tool", "buildah",
        "--installer", "apt", *(f"--tool-option={option}" for option in options),
    )  # fmt: skip
    yield said, environment
    buildah(environment, "rm", "--all", check=False)
    buildah(environment, "rmi", "--all", "--force", check=False)


def buildah(environment, *command, check=True):
    done = subprocess.run(
        ("buildah", *command), env=environment, capture_output=True, text=True, check=check
    )
    return done.stdout


def test_it_starts_as_slurms_own_image_does(built):
    said, environment = built

    assert said.returncode == 0, said.stderr
    inspected = json.loads(buildah(environment, "inspect", "--type", "image", "petal/tools"))
    config = inspected["OCIv1"]["config"]
    assert config["Entrypoint"] == STARTS
    assert config["Labels"]["petal.stamp"]


def test_its_software_lies_where_pods_look_for_modules(built):
    _, environment = built
    name = buildah(environment, "from", "--pull-never", "petal/tools").strip()

    listed = buildah(environment, "run", name, "--", "ls", "/opt/petal/tools/modules")

    assert listed.split() == ["tree"]
