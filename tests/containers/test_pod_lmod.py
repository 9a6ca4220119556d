"""Real Lmod of packages, made by the pod petal-images, in pods with no Lmod, Lua or Tcl."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.containers.pods import (
    PROFILE,
    install_lmod,
    machine,
    mount_image,
    offline,
    receive,
    user_pod,
)
from tests.node.conftest import new_node
from tests.node.interrupt import run as run_counted
from tests.node.interrupt import tree
from tests.node.root import Node, need_root

__all__ = ["new_node"]

LMOD = ("bash", "/opt/petal/src/lmod.sh")
MACHINES = (machine("x86_64"), machine("aarch64"))
ELF_MACHINES = {"x86_64": 62, "aarch64": 183}
WAITS = "petal: module: Lmod is still being installed, see /petal/log/lmod.log"


@pytest.fixture(scope="module")
def shm():
    need_root()
    if os.uname().machine != "x86_64":
        pytest.skip("only tried on x86_64")
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="petal-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def petal(shm):
    """/petal of all pods, and beside it the packages of this machine's architecture."""
    folder, packages = shm / "petal", shm / "packages"
    folder.mkdir()
    packages.mkdir()
    node = Node("images", folder)
    try:
        install_lmod(node, machine(), keep=packages)
        node.path("/usr/local/bin/apt-get").unlink()
        install_lmod(node, *MACHINES)
    finally:
        node.discard()
    return folder


@pytest.fixture
def pod(new_node, petal):
    return user_pod(new_node("pod", petal), "bio")


def login(node, command, *options, **environment):
    return node.run("bash", *options, "-lc", command, HOME="/nonexistent", **environment)


def test_the_pod_itself_has_no_lmod(pod):
    for program in ("lua5.3", "tclsh", "/usr/share/lmod/lmod/libexec/lmod"):
        assert pod.run("sh", "-c", f"command -v {program}").returncode != 0


def test_a_module_of_a_mounted_image_loads_in_bash_and_in_sh(pod):
    command = "module load samtools/1.17 && samtools args 'a b'"

    assert login(pod, command).stdout == "<a b>\n"
    assert pod.run("sh", "-lc", command, HOME="/nonexistent").stdout == "<a b>\n"


def test_modules_are_listed_described_and_found(pod):
    done = login(pod, "module avail; module whatis bwa; module spider samtools; ml bwa; ml")

    said = done.stdout + done.stderr
    assert "samtools/1.17.2" in said
    assert "bwa 0.7.17, in the container image bio" in said
    assert "Currently Loaded Modules" in said
    assert "rror" not in said


def test_an_unknown_module_fails(pod):
    done = login(pod, "module load nothing")

    assert done.returncode != 0
    assert "nothing" in done.stderr


def test_users_programs_see_nothing_of_what_lmod_needs(pod):
    pod.put(
        "/opt/petal/bio/modules/paths/1",
        "#%Module1.0\nprepend-path LD_LIBRARY_PATH /mine\nsetenv MINE [exec printenv HOME]\n",
    )
    command = "module load paths; env"

    env = dict(
        line.split("=", 1) for line in login(pod, command).stdout.splitlines() if "=" in line
    )

    assert env["LD_LIBRARY_PATH"] == "/mine"
    assert env["MINE"] == "/nonexistent"
    assert not {"LUA_PATH", "LUA_CPATH", "TCL_LIBRARY", "LD_PRELOAD"} & set(env)
    assert not any("/petal/lmod/x86_64" in value for value in env.values())


def test_libraries_of_users_do_not_reach_lmod(pod):
    pod.put("/broken/libtcl8.6.so", "no library")
    pod.put("/broken/liblua5.3-posix.so.1", "no library")

    done = login(pod, "module load bwa; echo $LD_LIBRARY_PATH", LD_LIBRARY_PATH="/broken")

    assert (done.stdout, done.stderr) == ("/broken\n", "")


def test_nested_shells_have_each_folder_once_and_a_new_image_too(pod):
    mount_image(pod, "more")

    done = login(
        pod,
        f"unset MODULEPATH; MODULEPATH=/opt/petal/bio/modules; . {PROFILE};"
        f" . {PROFILE}; echo $MODULEPATH; module load bwa; module -t avail samtools",
    )

    assert sorted(done.stdout.strip().split(":")) == [
        "/opt/petal/bio/modules",
        "/opt/petal/more/modules",
    ]
    assert "/opt/petal/more/modules" in done.stderr


def test_an_image_that_came_in_the_meantime_shows_in_a_shell_with_loaded_modules(pod):
    done = login(
        pod,
        "module load bwa; mkdir -p /opt/petal/late/modules/late;"
        "printf '#%%Module1.0\\nsetenv LATE yes\\n' > /opt/petal/late/modules/late/1;"
        f"bash -c '. {PROFILE}; module load late; echo $LATE; module -t list 2>&1'",
    )

    assert done.stdout.split() == ["yes", "bwa/0.7.17", "late/1"], done.stderr


def test_scripts_that_a_shell_starts_have_modules(pod):
    pod.put("/job.sh", "#!/bin/bash\nset -eu\nmodule load bwa\nbwa args x\n", 0o755)

    assert login(pod, "/job.sh").stdout == "<x>\n"


def test_an_image_may_offer_what_module_itself_needs(pod):
    for tool in ("uname", "sh", "lua5.3", "tclsh"):
        pod.put(f"/image/bin/{tool}", "#!/bin/bash\necho of the image\n", 0o755)

    done = login(pod, "PATH=/image/bin:$PATH; module load bwa && bwa args x; uname")

    assert (done.stdout, done.stderr) == ("<x>\nof the image\n", "")


def test_shells_that_refuse_unset_variables_start(pod):
    done = pod.run("bash", "-euc", f". {PROFILE}; module load bwa; bwa args x")

    assert (done.returncode, done.stdout) == (0, "<x>\n"), done.stderr


def test_the_other_machines_programs_are_its_own(petal):
    for name, code in ELF_MACHINES.items():
        programs = petal / "lmod" / name / "usr/bin"
        assert (programs / "lua5.3.program").read_bytes()[18] == code
        text = (programs / "lua5.3").read_text()
        assert text.splitlines()[1].split()[:2] == ["exec", machine(name).loader]
        assert f"/petal/lmod/{name}/usr/bin/lua5.3.program" in text


def test_what_shells_hand_to_jobs_names_no_machine(pod):
    env = login(pod, "env").stdout

    assert "LMOD_CMD=/petal/lmod/libexec/lmod" in env
    assert "x86_64" not in env


@pytest.fixture
def early(new_node):
    """A pod whose /petal is empty, and /petal."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm", prefix="petal-volume-"))
    yield user_pod(new_node("pod", folder), "bio"), folder
    shutil.rmtree(folder)


def test_before_lmod_is_there_module_says_so_and_nothing_else_is_said(early):
    pod, _ = early

    quiet = login(pod, "true")
    done = login(pod, "module load samtools")
    scripts = login(pod, "bash -c 'module load samtools'")

    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert (done.returncode, done.stderr.strip()) == (75, WAITS)
    assert (scripts.returncode, scripts.stderr.strip()) == (75, WAITS)
    plain = pod.run("sh", "-eulc", "module load samtools", HOME="/nonexistent")
    assert (plain.returncode, plain.stderr.strip()) == (75, WAITS)


def test_a_shell_that_was_earlier_finds_lmod_when_it_is_there(early, petal):
    pod, folder = early
    shutil.copytree(petal / "lmod", folder / "lmod.later", symlinks=True)

    done = login(
        pod,
        "module load bwa; mv /petal/lmod.later /petal/lmod;"
        "bash -c 'module load bwa && bwa args script'; module load bwa && bwa args here",
    )

    assert done.stdout == "<script>\n<here>\n", done.stderr


def test_a_person_is_told_which_images_are_missing_and_a_script_is_not(early):
    pod, _ = early
    for image, mark in (("gatk", "building"), ("star", "failed"), ("bwa", "ready")):
        pod.put(f"/petal/containers/{image}/{mark}", "x\n")

    said = login(pod, "true", "-i").stdout

    assert said.splitlines() == [
        "petal: container images that are still being pulled: gatk (see /petal/log/containers.log)",
        "petal: container images that could not be pulled: star (see /petal/log/containers.log)",
    ]
    assert login(pod, "true").stdout == ""


@pytest.fixture
def maker(new_node, petal, shm):
    """The pod petal-images before Lmod is there; packages come from a folder."""
    node = new_node("images")
    receive(node)
    offline(node, shm / "packages")
    return node


def made(node):
    return {key: value for key, value in tree(node).items() if key.startswith("petal/lmod")}


def test_a_second_run_changes_nothing(maker):
    assert maker.run(*LMOD).returncode == 0
    before = maker.written()

    done = maker.run(*LMOD)

    assert (done.returncode, done.stderr) == (0, "")
    assert maker.written() == before


@pytest.mark.parametrize("kill", range(6))
def test_whenever_it_is_killed_the_next_run_ends_it(maker, new_node, shm, kill):
    at = random.Random(kill).randint(20, 190)
    whole = new_node("images")
    receive(whole)
    offline(whole, shm / "packages")
    whole.run(*LMOD)

    killed = run_counted(maker, LMOD, kill_at=at)
    again = run_counted(maker, LMOD)

    assert killed.killed, "it ends sooner: kill it earlier"
    assert again.code == 0, again.output
    assert made(maker) == made(whole)


def test_killed_right_before_its_end_it_makes_what_shells_read_in_the_next_run(maker):
    maker.run(*LMOD)
    whole = made(maker)
    for name in ("stamp", "bash"):
        maker.path(f"/petal/lmod/init/{name}").unlink()

    assert maker.run(*LMOD).returncode == 0

    assert made(maker) == whole


def test_a_newer_lmod_takes_over_in_one_step_and_the_older_one_goes(maker):
    maker.run(*LMOD)
    script = maker.path("/opt/petal/src/lmod.sh")
    script.write_text(script.read_text() + "# newer\n")
    before = maker.path("/petal/lmod/x86_64").readlink()

    assert maker.run(*LMOD).returncode == 0

    assert maker.path("/petal/lmod/x86_64").readlink() != before
    assert not maker.path(f"/petal/lmod/{before}").exists()


def test_packages_that_cannot_be_fetched_leave_nothing_and_are_said(maker):
    maker.put("/usr/local/bin/apt-get", "#!/bin/sh\necho no network >&2\nexit 100\n", 0o755)

    done = maker.run("bash", "-c", "bash /opt/petal/src/lmod.sh 3>&1")

    assert done.returncode == 1
    assert done.stdout == (
        "petal: Lmod for x86_64 could not be installed, see /petal/log/lmod.log\n"
    )
    assert "no network" in maker.path("/petal/log/lmod.log").read_text()
    assert list(maker.path("/petal/lmod").iterdir()) == []


def test_a_new_lmod_that_does_not_start_takes_no_place(maker):
    broken = maker.path("/usr/local/bin/apt-get")
    broken.write_text(broken.read_text() + 'rm -f "$cache"/archives/lua-posix_*\n')

    first = maker.run(*LMOD)
    nothing = list(maker.path("/petal/lmod").glob("*86*"))
    offline(maker, Path(broken.read_text().split("cp ")[1].split("/*")[0]))
    good = maker.run(*LMOD)
    before = maker.path("/petal/lmod/x86_64").readlink()
    script = maker.path("/opt/petal/src/lmod.sh")
    script.write_text(script.read_text() + "# newer\n")
    broken.write_text(broken.read_text() + 'rm -f "$cache"/archives/lua-posix_*\n')
    second = maker.run(*LMOD)

    assert (first.returncode, nothing, good.returncode, second.returncode) == (1, [], 0, 1)
    assert maker.path("/petal/lmod/x86_64").readlink() == before
    assert [p.name for p in maker.path("/petal/lmod").glob("_*")] == [str(before)]
    assert "does not work at another place" in maker.path("/petal/log/lmod.log").read_text()


def test_of_two_runs_one_works(maker):
    done = maker.run(
        "bash",
        "-c",
        "mkdir -p /petal/log; exec 8>> /petal/log/lmod.lock; python3 /opt/petal/src/lock.py 8 0;"
        " bash /opt/petal/src/lmod.sh 8>&-",
    )

    assert done.stderr == "petal: another run is busy\n"
    assert not list(maker.path("/petal/lmod").iterdir())


@pytest.mark.parametrize(
    "row",
    [
        "../x86_64\tamd64\t-\t/lib/ld.so",
        "x86_64\tamd64;\t-\t/lib/ld.so",
        "x86_64\tamd64\thttp://x/ [trusted=yes]\t/lib/ld.so",
        "x86_64\tamd64\t-\t/lib/ld.so $(touch /x)",
    ],
)
def test_a_hostile_row_is_refused_before_anything_is_done(maker, row):
    maker.put("/opt/petal/src/data/containers/machines.tsv", f"{row}\n")

    done = maker.run(*LMOD)

    assert done.returncode == 1
    assert "refused: lmod: not a machine" in done.stderr
    assert not maker.path("/petal/lmod").exists()
