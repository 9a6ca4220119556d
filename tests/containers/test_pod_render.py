"""Programs and tables of the pod petal-images, before anybody runs them."""

from __future__ import annotations

import re
import subprocess
from pathlib import PurePosixPath

import pytest

from petal_constructs.catalog.containers import CONTAINERS
from petal_constructs.render import pod_images
from petal_constructs.render.containers import container_files
from tests.need import need_tool
from tests.node.test_containers import APPTAINER, BIO, GATK

MACHINES = [CONTAINERS.machines[name] for name in ("x86_64", "aarch64")]
SCRIPTS = {
    name: text
    for name, text in {**pod_images.programs(), **pod_images.shell_files()}.items()
    if name.endswith(".sh")
}


def tables(*images):
    return pod_images.tables(images, ["/home", "/fsx"], APPTAINER, MACHINES)


def test_keys_are_ones_that_config_maps_take_and_lead_back_to_paths():
    for key in (*pod_images.programs(), *tables(BIO), *pod_images.shell_files()):
        assert re.fullmatch(r"[-._a-zA-Z0-9]+", key)
    places = {pod_images.path(key) for key in (*pod_images.programs(), *tables(BIO))}
    assert {"images.sh", "exec/petal-exec", "data/containers/images.tsv"} <= places
    for command in (pod_images.IMAGES_COMMAND, pod_images.ECR_COMMAND):
        assert PurePosixPath(command[-1]).name in places


def test_programs_fit_into_one_config_map():
    assert sum(map(len, pod_images.programs().values())) < 200_000


def test_tables_of_images_are_those_of_a_head_node():
    head = container_files([BIO, GATK], ["/home", "/fsx"], APPTAINER)

    pod = {pod_images.path(key): text for key, text in tables(BIO, GATK).items()}

    assert {key: text for key, text in head.items() if key.startswith("data/")} == {
        key: text
        for key, text in pod.items()
        if key not in ("data/software.tsv", "data/containers/machines.tsv")
    }
    assert pod["data/software.tsv"] == "root\t/petal\n"
    assert pod["data/containers/machines.tsv"].splitlines()[1].split("\t")[:2] == [
        "aarch64",
        "arm64",
    ]


def test_shared_scripts_are_the_head_nodes_own():
    head = container_files([BIO], [], APPTAINER)
    pod = {pod_images.path(key): text for key, text in pod_images.programs().items()}

    shared = set(head) & set(pod)
    assert {"containers.sh", "containers-pull.sh", "exec/petal-exec"} <= shared
    assert {name for name in shared if head[name] != pod[name]} == {"containers-here.sh"}


@pytest.mark.parametrize("bad", ["a\tb", "a\nb", ""])
def test_what_no_table_can_hold_is_refused(bad):
    with pytest.raises(ValueError, match="cannot be a field"):
        pod_images.tables([], [bad], APPTAINER, MACHINES)


@pytest.mark.parametrize("name", SCRIPTS)
def test_shellcheck_has_nothing_to_say(name):
    shellcheck = need_tool("shellcheck", "apt-get install shellcheck")

    done = subprocess.run(
        [shellcheck, "-"], input=SCRIPTS[name], capture_output=True, text=True, check=False
    )

    assert done.stdout == ""


@pytest.mark.parametrize("name", pod_images.shell_files())
@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh"])
def test_every_plain_shell_can_read_a_profile(name, shell):
    program, *mode = shell.split()
    need_tool(program, "apt-get install dash bash busybox-static")

    done = subprocess.run(
        [program, *mode, "-n"], input=SCRIPTS[name], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
