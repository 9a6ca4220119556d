"""Contexts that a real tool builds: Debian's buildah, without rights that a container lacks."""

from __future__ import annotations

import subprocess

import pytest

from tests.containers import apt_image
from tests.containers.apt_image import LOCAL
from tests.containers.base_image import storage

pytestmark = pytest.mark.oracle  # twenty seconds, and a mirror of Debian's packages

TREE = "/opt/petal/tools"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What the program said, and how to run a command in the image that it built."""
    folder = tmp_path_factory.mktemp("images")
    environment = storage(folder)
    build = apt_image.build(folder, environment, "tree, jq@0.9")
    start = ("buildah", "from", "--pull-never", "--name", "started", LOCAL)
    subprocess.run(start, env=environment, capture_output=True, check=False)

    def inside(*command):
        run = ("buildah", "run", "--network", "host", "started", "--", *command)
        return subprocess.run(run, env=environment, capture_output=True, text=True, check=False)

    yield build, inside
    subprocess.run(("buildah", "rm", "--all"), env=environment, capture_output=True, check=False)
    subprocess.run(
        ("buildah", "rmi", "--all", "--force"), env=environment, capture_output=True, check=False
    )


def test_petal_builds_an_image_of_the_packages(built):
    build, _ = built

    assert build.returncode == 0, build.stderr
    assert build.stdout == f"build/containers/tools  image {LOCAL} of 2 packages\n"


def test_the_image_starts_with_the_commands_of_all_modules(built):
    _, inside = built

    answer = inside(f"{TREE}/entrypoint", "jq", "-n", "--arg", "x", "a  'b'", "$x")

    assert answer.stdout == "\"a  'b'\"\n"


def test_the_image_tells_its_modules_commands_and_what_was_asked_for(built):
    _, inside = built

    packages = inside("cat", f"{TREE}/packages.tsv").stdout.splitlines()
    commands = inside("cat", f"{TREE}/commands.tsv").stdout.splitlines()
    modules = inside("sh", "-c", f"cd {TREE}/modules && find . -type f | sort").stdout.split()

    versions = {row.split("\t")[0]: row.split("\t")[2] for row in packages}
    assert [row.split("\t")[1] for row in packages] == ["-", "0.9"]
    assert commands == [
        f"tree\t{versions['tree']}\ttree\t/usr/bin/tree",
        f"jq\t{versions['jq']}\tjq\t/usr/bin/jq",
    ]
    assert modules == [
        f"./jq/{versions['jq']}",
        f"./tree/{versions['tree']}",
    ]


def test_a_wrapper_becomes_its_program(built):
    _, inside = built

    ended = inside("sh", "-c", f"exec {TREE}/bin/jq/*/jq -n '\"x\" | halt_error(7)'")

    assert (ended.returncode, ended.stderr.strip()[:1]) == (7, "x")


def test_no_compiler_and_no_package_list_is_left_in_the_image(built):
    _, inside = built

    left = inside("sh", "-c", "command -v gcc; find /var/lib/apt/lists /petal/cache -type f")

    assert left.stdout == ""
