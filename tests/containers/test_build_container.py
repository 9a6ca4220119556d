"""`petal build-container`; container tools are stand-ins, a real one builds in test_build_image."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from petal_constructs.cli.main import run

SEED = """\
cluster: {name: lab, region: us-east-1}
compute:
  head_node: m6i.large
  queues: [{name: compute, instance_types: [c6i.large]}]
software:
  containers:
    - {name: bio, packages: [samtools@1.17, bwa]}
    - {name: theirs, image: example.org/theirs:1, modules: [thing]}
    - {name: chem, packages: [cp2k]}
"""
BUILD = "docker buildx build --load --tag localhost/petal/"
PETAL = (sys.executable, "-m", "petal_constructs", "build-container", "seed.yaml")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a seed, and a PATH with no container tool."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seed.yaml").write_text(SEED)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


@pytest.fixture
def petal(here, capfd):
    def call(*arguments):
        code = run(["build-container", "seed.yaml", *map(str, arguments)])
        out, err = capfd.readouterr()
        return code, out, re.sub(r"warning\[.*?\n\n", "", err, flags=re.DOTALL)

    return call


def _tool(here, name, script):
    program = here / "bin" / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def _content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_each_image_that_petal_builds_gets_a_context_and_others_none(petal, here):
    code, out, _ = petal("--context-only")

    assert code == 0
    assert sorted(path.name for path in (here / "build/containers").iterdir()) == ["bio", "chem"]
    assert (here / "build/containers/bio/groups/01-samtools/spack.yaml").exists()
    assert out.splitlines() == [
        "build/containers/bio   context of 2 packages",
        "build/containers/chem  context of 1 package",
        f"build it: {BUILD}bio:latest build/containers/bio",
        f"build it: {BUILD}chem:latest build/containers/chem",
    ]


def test_one_image_can_be_chosen_and_a_misspelt_one_is_guessed(petal, here):
    chosen = petal("--context-only", "--name", "bio", "-o", "out")
    wrong = petal("--name", "boi")

    assert chosen[0] == 0
    assert [path.name for path in (here / "out").iterdir()] == ["bio"]
    assert wrong[0] == 2
    assert wrong[2] == (
        "error: --name boi: petal builds no image of this name\nhint: did you mean bio?\n"
    )


def test_without_a_tool_contexts_are_written_and_the_next_command_is_said(petal, here):
    code, out, _ = petal("--name", "bio")

    assert code == 0
    assert (here / "build/containers/bio/Dockerfile").exists()
    assert out.splitlines()[1:] == [
        "no image was built: none of docker, podman, buildah is here",
        f"build it: {BUILD}bio:latest build/containers/bio",
    ]


def test_an_image_that_the_cluster_does_not_use_is_told(petal, here):
    told = "note: clusters on parallelcluster install software.spack_packages themselves"
    assert told not in petal("--context-only")[2]
    spack = SEED.partition("  containers:")[0] + "  spack_packages: [bwa]\n"
    (here / "seed.yaml").write_text(spack)

    code, _, said = petal("--context-only")

    assert (code, told in said) == (0, True)
    assert (here / "build/containers/software/Dockerfile").exists()


def test_a_tool_that_is_asked_for_by_name_must_be_there(petal):
    code, _, err = petal("--tool", "podman")

    assert code == 3
    assert err == (
        "error: podman is not installed\n"
        "hint: --tool names another one of docker, podman, buildah\n"
    )


def test_a_docker_without_its_daemon_is_passed_over(petal, here):
    _tool(here, "docker", "exit 1")
    _tool(here, "buildah", 'echo "$@" >> calls')

    code, out, _ = petal("--name", "bio", "--tool-option=--network=host", "--sbom")

    assert code == 0
    assert out == "build/containers/bio  image localhost/petal/bio:latest of 2 packages\n"
    assert (here / "calls").read_text().splitlines()[-1] == (
        "build --layers --network=host --sbom=syft-spdx "
        "--sbom-image-output=/opt/petal/bio/sbom.spdx.json "
        "--tag localhost/petal/bio:latest build/containers/bio"
    )


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("ld: cannot find -lz", ""),
        ("write: No space left on device", "\nhint: the disk is full where the tool keeps images"),
    ],
)
def test_a_failed_build_shows_its_last_lines(petal, here, words, hint):
    _tool(here, "podman", f"[ $1 = --version ] || {{ echo '{words}' >&2; exit 7; }}")

    code, _, err = petal("--name", "bio")

    assert code == 3
    assert err == (
        "error: building bio with podman failed with exit code 7; its last lines:\n"
        f"  {words}{hint}\n"
    )
    assert (here / "build/containers/bio/Dockerfile").exists()


def test_a_second_run_writes_the_same_bytes_and_drops_what_is_gone(petal, here):
    petal("--context-only", "--name", "bio")
    first = _content(here / "build")
    petal("--context-only", "--name", "bio")
    again = _content(here / "build")
    (here / "seed.yaml").write_text(SEED.replace("samtools@1.17, bwa", "samtools@1.17"))
    petal("--context-only", "--name", "bio")

    assert first == again
    assert not (here / "build/containers/bio/groups/02-bwa").exists()


def _lock(*names):
    roots = [{"hash": name, "spec": name} for name in names]
    specs = {name: {"name": name.partition("@")[0], "version": "1"} for name in names}
    return json.dumps({"_meta": {}, "roots": roots, "concrete_specs": specs})


@pytest.mark.parametrize(
    "place", ["bio.spack.lock", "spack.lock", "build/containers/bio/spack.lock"]
)
def test_a_lock_beside_the_seed_or_in_the_context_decides_on_versions(petal, here, place):
    petal("--context-only", "--name", "bio")
    (here / place).write_text(_lock("samtools@1.17", "bwa"))

    code, _, err = petal("--context-only", "--name", "bio")

    part = json.loads((here / "build/containers/bio/groups/02-bwa/spack.lock").read_text())
    assert (code, err) == (0, "")
    assert list(part["concrete_specs"]) == ["bwa"]
    assert (here / place).exists()


def test_a_lock_that_lacks_a_package_is_left_aside_and_said(petal, here):
    (here / "bio.spack.lock").write_text(_lock("bwa"))

    code, _, err = petal("--context-only", "--name", "bio")

    assert code == 0
    assert err.startswith("warning: bio.spack.lock is left aside: it lacks samtools@1.17\nhint: ")
    assert not (here / "build/containers/bio/groups/02-bwa/spack.lock").exists()


def test_a_build_cache_in_a_bucket_is_left_aside_and_said(petal, here):
    (here / "seed.yaml").write_text(SEED + "  build_cache: s3://my-software/cache\n")

    code, _, err = petal("--context-only")

    assert code == 0
    assert err.startswith(
        "warning: software.build_cache is a bucket, which image builds do not ask"
    )


def test_a_full_disk_leaves_the_old_context(petal, here):
    petal("--context-only", "--name", "bio")
    before = _content(here / "build")
    (here / "seed.yaml").write_text(SEED.replace("bwa", "bowtie2"))

    limited = 'trap "" XFSZ; ulimit -f 0; exec "$@"'  # no file may grow, as on a full disk
    done = subprocess.run(
        ["/bin/bash", "-c", limited, "-", *PETAL, "--context-only", "--name", "bio"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )

    assert done.returncode == 2, done.stderr
    assert "build/containers/bio: cannot be written" in done.stderr
    assert _content(here / "build") == before


def test_ctrl_c_ends_the_tool_and_leaves_whole_contexts(here):
    _tool(here, "buildah", "[ $1 = --version ] || { /bin/echo $$ > pid; exec /bin/sleep 60; }")
    process = subprocess.Popen(PETAL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while not (here / "pid").exists() and process.poll() is None:
        time.sleep(0.05)

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int((here / "pid").read_text()), 0)
    assert sorted(path.name for path in (here / "build/containers").iterdir()) == ["bio", "chem"]


def test_ctrl_c_between_two_files_leaves_no_half_of_a_context(petal, here):
    petal("--context-only", "--name", "bio", "-o", "whole")
    program = """
import os, signal, sys
moved = []
def interrupt(event, _):
    if event == "shutil.move":
        moved.append(event)
        if len(moved) == 3:
            os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(interrupt)
from petal_constructs.cli.main import run
sys.exit(run(["build-container", "seed.yaml", "--context-only", "--name", "bio"]))
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert done.returncode == 130
    assert _content(here / "build/containers") == _content(here / "whole")


def test_programs_get_json_and_a_seed_without_packages_is_told(petal, here):
    code, out, _ = petal("--context-only", "--format", "json", "--installer", "apt")
    found = json.loads(out)["images"][0]
    (here / "seed.yaml").write_text(SEED.partition("software:")[0])
    nothing = petal()

    assert code == 0
    assert found == {
        "name": "bio",
        "context": "build/containers/bio",
        "image": None,
        "base": "public.ecr.aws/docker/library/ubuntu:24.04",
        "installer": "apt",
        "targets": {"x86_64": "x86_64_v3"},
        "packages": ["samtools@1.17", "bwa"],
    }
    assert nothing[0] == 2
    assert "petal builds no image: no container has packages" in nothing[2]


def test_twenty_images_of_forty_packages_start_no_node(here):
    containers = "".join(
        f"    - {{name: image{i}, packages: [{', '.join(f'p{n}' for n in range(40))}]}}\n"
        for i in range(20)
    )
    (here / "seed.yaml").write_text(SEED.partition("    - {name: bio")[0] + containers)
    program = """
import sys
started = []
events = ("subprocess.Popen", "os.posix_spawn", "os.fork")
sys.addaudithook(lambda event, _: started.append(event) if event in events else None)
from petal_constructs.cli.main import run
assert run(["build-container", "seed.yaml", "--context-only"]) == 0
assert not started and not {"aws_cdk", "jsii"} & set(sys.modules)
"""

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert len(list((here / "build/containers").iterdir())) == 20
