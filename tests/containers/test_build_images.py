"""What CodeBuild runs, as a script, with stand-ins for `docker` and `aws` that keep a registry."""

from __future__ import annotations

import os
import subprocess
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from tests.need import need_tool

REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
TEMPLATES = files("petal_constructs").joinpath("templates", "containers", "registry")
DOCKER = """\
#!/bin/sh
echo "docker $*" >>"$HERE/calls"
case $1 in
    build) [ ! -e "$5/broken" ] ;;
    push) mkdir -p "$HERE/pushed/${2%:*}" && echo "sha256:$2" >"$HERE/pushed/${2%:*}/${2##*:}" ;;
    buildx)  # imagetools create --tag NAME SOURCE...
        [ ! -e "$HERE/immutable" ] || exit 1
        echo "sha256:list" >"$HERE/pushed/${5%:*}/${5##*:}"
        ;;
esac
"""
AWS = """\
#!/bin/sh
[ ! -e "$HERE/down" ] || exit 255
tag=${6#imageTag=}
cat "$HERE/pushed/$REGISTRY/$4/$tag" 2>/dev/null || echo None
"""


class Build:
    """A build of one machine."""

    def __init__(self, here: Path) -> None:
        self.here = here
        self.calls_file = here / "calls"
        for name, text in {"docker": DOCKER, "aws": AWS}.items():
            self._program(name, text)
        (here / "build-images.sh").write_text(TEMPLATES.joinpath("build-images.sh").read_text())

    def _program(self, name: str, text: str) -> None:
        program = self.here / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)

    def images(self, *rows: tuple[str, str]) -> None:
        """Name and machines of each."""
        lines = (f"contexts/{n}\tlab/{n}\tbuilt-1\t{machines}\n" for n, machines in rows)
        (self.here / "images.tsv").write_text("".join(lines))
        for name, _ in rows:
            (self.here / "contexts" / name).mkdir(parents=True, exist_ok=True)

    def run(self, machine: str, **variables: str) -> subprocess.CompletedProcess[str]:
        self._program("uname", f"#!/bin/sh\necho {machine}\n")
        self.calls_file.write_text("")
        environment = {
            "PATH": f"{self.here}/bin:{os.environ['PATH']}",
            "HERE": str(self.here),
            "REGISTRY": REGISTRY,
            "PETAL_REGISTRY": REGISTRY,
            **variables,
        }
        return subprocess.run(
            ["sh", self.here / "build-images.sh"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines()

    @property
    def tags(self) -> set[str]:
        root = self.here / "pushed" / REGISTRY
        return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


@pytest.fixture
def build(tmp_path):
    return Build(tmp_path)


def test_who_ends_last_makes_the_list_over_both_machines(build):
    build.images(("bio", "x86_64 aarch64"))

    first = build.run("x86_64")
    assert "lab/bio:built-1 waits for aarch64" in first.stdout
    assert build.tags == {"lab/bio/built-1-x86_64"}

    second = build.run("aarch64")
    assert (first.returncode, second.returncode) == (0, 0)
    assert build.tags == {f"lab/bio/built-1{end}" for end in ("", "-x86_64", "-aarch64")}
    assert build.calls[-1] == (
        f"docker buildx imagetools create --tag {REGISTRY}/lab/bio:built-1 "
        f"{REGISTRY}/lab/bio:built-1-x86_64 {REGISTRY}/lab/bio:built-1-aarch64"
    )
    assert second.stdout.splitlines()[-1] == f"{REGISTRY}/lab/bio@sha256:list"


def test_what_the_registry_has_is_neither_built_nor_pushed_again(build):
    build.images(("bio", "x86_64"))
    build.run("x86_64")

    again = build.run("x86_64")

    assert again.returncode == 0
    assert build.calls == []
    assert f"{REGISTRY}/lab/bio@sha256:list" in again.stdout


def test_an_image_of_the_other_machine_alone_is_left_to_it(build):
    build.images(("bio", "aarch64"))

    assert build.run("x86_64").returncode == 0
    assert build.calls == []


def test_one_image_that_fails_stops_no_other_and_is_named(build):
    build.images(("bad", "x86_64"), ("good", "x86_64"))
    (build.here / "contexts/bad/broken").touch()

    done = build.run("x86_64")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "not built: contexts/bad"
    assert build.tags == {"lab/good/built-1", "lab/good/built-1-x86_64"}


def test_images_that_are_named_are_built_and_no_others(build):
    build.images(("bio", "x86_64"), ("chem", "x86_64"), ("bi", "x86_64"))

    assert build.run("x86_64", PETAL_NAMES="bio bi").returncode == 0
    assert {tag.partition("/built")[0] for tag in build.tags} == {"lab/bio", "lab/bi"}


def test_a_stack_of_another_seed_builds_nothing(build):
    build.images(("bio", "x86_64"))
    listed = sha256((build.here / "images.tsv").read_bytes()).hexdigest()

    refused = build.run("x86_64", PETAL_LIST=sha256(b"other").hexdigest())
    assert (refused.returncode, build.calls) == (1, [])
    assert "deploy it again" in refused.stderr

    assert build.run("x86_64", PETAL_LIST=listed).returncode == 0


def test_a_registry_that_does_not_answer_is_a_failure_and_no_empty_one(build):
    build.images(("bio", "x86_64"))
    (build.here / "down").touch()

    assert build.run("x86_64").returncode == 1
    assert build.calls == []


def test_a_list_that_another_machine_made_at_the_same_moment_is_taken(build):
    build.images(("bio", "x86_64"))
    build.run("x86_64")
    tag = build.here / "pushed" / REGISTRY / "lab/bio/built-1"
    tag.unlink()
    (build.here / "immutable").touch()

    assert build.run("x86_64").returncode == 1  # refused, and there is none

    build._program("docker", f'#!/bin/sh\necho sha256:other >"{tag}"; exit 1\n')
    late = build.run("x86_64")
    assert late.returncode == 0
    assert late.stdout.splitlines()[-1] == f"{REGISTRY}/lab/bio@sha256:other"


def test_the_buildspec_logs_in_without_a_password_in_an_argument_and_runs_the_script():
    spec = yaml.safe_load(TEMPLATES.joinpath("buildspec.yml").read_text())

    (login,) = spec["phases"]["pre_build"]["commands"]
    assert "--password-stdin" in login
    assert spec["phases"]["build"]["commands"] == ["sh ./build-images.sh"]


def test_shellcheck_finds_nothing():
    program = need_tool("shellcheck", "apt-get install shellcheck")
    script = str(TEMPLATES.joinpath("build-images.sh"))

    found = subprocess.run([program, script], capture_output=True, text=True, check=False)

    assert found.stdout == ""
