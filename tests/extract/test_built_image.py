"""An image that petal really built: what it holds is what its seed asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from petal_constructs.extract import extract
from tests.containers.base_image import make_base_image, storage

pytestmark = pytest.mark.oracle  # as test_build_image.py

SEED = """\
cluster: {name: lab, region: us-east-1}
compute:
  head_node: m6i.large
  queues: [{name: compute, instance_types: [c6i.large]}]
software:
  containers:
    - {name: tools, packages: [tree, jq@0.9]}
"""


def test_an_image_that_petal_built_gives_the_seed_back(tmp_path):
    environment = storage(tmp_path)
    base = make_base_image(tmp_path, environment)
    (tmp_path / "seed.yaml").write_text(SEED)
    petal = (sys.executable, "-m", "petal_constructs", "build-container", "seed.yaml")
    how = ("--tool", "buildah", "--installer", "apt", "--base", base)
    options = ("--tool-option=--network=host", "--tool-option=--layers=false")
    push = ("buildah", "push", "localhost/petal/tools:latest", f"oci-archive:{tmp_path}/tools.tar")
    for command in ((*petal, *how, *options), push):
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    found = extract([tmp_path / "tools.tar"])

    assert [package.spec for package in found.packages] == ["tree", "jq@0.9"]
    assert (found.no_package, found.notes) == ((), ())
    assert "of the system below what petal built" in {a.reason for a in found.not_needed}
