"""The module files as users meet them: in a real Lmod and in real Environment Modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.need import missing
from tests.node.root import Software

TOOLS = Software(("samtools@1.17", "gatk@4.3.0", "bwa"), "/petal")


def _lmod():
    init = Path("/usr/share/lmod/lmod/init/bash")
    if not init.exists():
        missing("Lmod", "apt-get install lmod")
    return f"source {init}"


def _environment_modules():
    # Debian lets only one of the two be installed
    places = (Path("/usr/lib"), Path("/opt/environment-modules/usr/lib"))
    found = [command for place in places for command in place.glob("*/modulecmd.tcl")]
    if not found:
        missing(
            "Environment Modules",
            "apt-get download environment-modules"
            " && dpkg -x environment-modules_*.deb /opt/environment-modules",
        )
    return f'eval "$(tclsh {found[0]} bash autoinit)"'


@pytest.fixture(params=[_lmod, _environment_modules], ids=["lmod", "environment-modules"])
def shell(request, head):
    start = request.param()

    def run(command, *options):
        login = f"{start}; source /etc/profile.d/zz-petal-modules.sh; {command}"
        return head.run("bash", *options, "-c", login)

    return run


def _install(node, *broken):
    node.put("/var/standin/broken-packages", "".join(f"{name}\n" for name in broken))
    node.receive((), (), TOOLS)
    assert node.step("30-software").returncode == 0


def _line(done):
    # Lmod breaks long messages
    return " ".join(done.stderr.split())


def test_a_module_loads_by_the_name_in_the_seed(head, shell):
    _install(head)

    done = shell("module load samtools/1.17 && echo $STANDIN_SAMTOOLS")

    assert (done.returncode, done.stdout) == (0, "1.17\n"), done.stderr


def test_a_shorter_version_in_the_seed_is_an_alias_of_the_full_one(head, shell):
    _install(head)

    done = shell("module load gatk/4.3.0 && echo $STANDIN_GATK && module unload gatk/4.3.0")

    assert (done.returncode, done.stdout) == (0, "4.3.0.0\n"), done.stderr


def test_a_package_without_a_version_loads_by_its_name(head, shell):
    _install(head)

    done = shell("module load bwa && echo $STANDIN_BWA")

    assert (done.returncode, done.stdout) == (0, "2.0\n"), done.stderr


def test_a_module_that_is_not_built_yet_says_so_and_fails(head, shell):
    head.put("/var/standin/active/petal-spack.service", "")
    _install(head)

    done = shell("module load samtools/1.17 && module load bwa")

    assert done.returncode != 0
    assert "petal: samtools/1.17 is still being built, see /petal/log/spack.log" in _line(done)
    assert "couldn't open" not in done.stderr


def test_a_module_that_could_not_be_built_says_so_and_fails(head, shell):
    _install(head, "gatk", "bwa")

    for module in ("gatk/4.3.0", "bwa"):
        done = shell(f"module load {module}")
        assert done.returncode != 0
        assert "could not be built, see /petal/log/spack.log" in _line(done)
    assert shell("module load samtools/1.17").returncode == 0


def test_looking_at_modules_that_are_not_built_yet_is_no_error(head, shell):
    _install(head, "gatk")

    done = shell("module avail; module whatis gatk/4.3.0; module show gatk/4.3.0")

    assert done.returncode == 0
    assert "failed to build" in done.stdout + done.stderr
    assert "see /petal/log" not in done.stdout + done.stderr


def test_the_path_is_set_once_in_nested_shells(head, shell):
    _install(head)

    done = shell("source /etc/profile.d/zz-petal-modules.sh; echo $MODULEPATH")

    assert done.stdout.count("/petal/modules/tcl") == 1


def test_without_any_module_command_the_path_is_set_all_the_same(head):
    _install(head)

    done = head.run("sh", "-euc", ". /etc/profile.d/zz-petal-modules.sh; echo $MODULEPATH")

    assert done.stdout == "/petal/modules/tcl:/petal/modules/pending\n", done.stderr


def test_a_person_is_told_what_is_not_done(head, shell):
    _install(head, "gatk")
    head.put("/run/petal/status", "failed: 10-users\nhead now\n")

    told = shell("true", "-i").stdout
    script = shell("true").stdout

    assert "petal: on this node failed: 10-users (see /run/petal/status)" in told
    assert "petal: software is failed (not built: gatk 4.3.0), see /petal/log/spack.log" in told
    assert script == ""
