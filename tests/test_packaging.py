"""What a user gets from the package registry is what lies in the source tree."""

from __future__ import annotations

import json
import subprocess
import tarfile
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return zipfile.ZipFile(built)


def _tracked(folder):
    listed = subprocess.run(
        ["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}


def test_the_wheel_holds_every_file_of_the_package(wheel):
    assert _tracked("petal_constructs") <= set(wheel.namelist())


def test_the_wheel_holds_nothing_outside_the_package(wheel):
    outside = {name for name in wheel.namelist() if not name.startswith("petal_constructs")}

    assert outside == set()


def test_the_wheel_is_typed_and_brings_the_command(wheel):
    (scripts,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))

    assert "petal_constructs/py.typed" in wheel.namelist()
    assert "petal = petal_constructs.__main__:main" in wheel.read(scripts).decode()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_every_package_with_hashes_and_names_no_host(name):
    lock = (ROOT / name).read_text()
    pinned = [line for line in lock.splitlines() if line and line[0] not in " #"]

    assert all("==" in line and line.endswith("\\") for line in pinned)
    assert "://" not in lock
    assert len(pinned) > len(_direct_dependencies())


def _direct_dependencies():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return project["project"]["dependencies"]


def test_the_feature_flags_are_those_that_the_pinned_cdk_recommends():
    """A newer aws-cdk-lib may add flags: adopt them, and say which resources they change."""
    (assembly,) = Path(find_spec("aws_cdk").origin).parent.glob("_jsii/aws-cdk-lib@*.jsii.tgz")
    with tarfile.open(assembly) as package:
        recommended = json.load(package.extractfile("package/recommended-feature-flags.json"))

    assert json.loads((ROOT / "cdk.json").read_text())["context"] == recommended
    assert json.loads((ROOT / "petal_constructs/feature_flags.json").read_text()) == recommended
