"""An image that petal really built: what it holds is what its seed asked for."""

from __future__ import annotations

import subprocess

import pytest

from petal_constructs.extract import extract
from tests.containers import apt_image
from tests.containers.base_image import storage

pytestmark = pytest.mark.oracle  # as test_build_image.py


def test_an_image_that_petal_built_gives_the_seed_back(tmp_path):
    environment = storage(tmp_path)
    push = ("buildah", "push", apt_image.LOCAL, f"oci-archive:{tmp_path}/tools.tar")
    built = apt_image.build(tmp_path, environment, "tree, jq@0.9")
    pushed = subprocess.run(push, env=environment, capture_output=True, text=True, check=False)
    assert pushed.returncode == 0, built.stderr + pushed.stderr

    found = extract([tmp_path / "tools.tar"])

    assert [package.spec for package in found.packages] == ["tree", "jq@0.9"]
    assert (found.no_package, found.notes) == ((), ())
    assert "of the system below what petal built" in {a.reason for a in found.not_needed}
