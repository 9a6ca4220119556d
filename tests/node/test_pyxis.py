"""Pyxis on ParallelCluster's nodes, with the files that AWS's images carry."""

from __future__ import annotations

import pytest

from petal_constructs.render.pyxis import pyxis_files

EXAMPLES = "/opt/parallelcluster/examples"
PLUGIN = "/usr/local/lib/slurm/spank_pyxis.so"
STACK = "include /opt/slurm/etc/plugstack.conf.d/*\n"
PYXIS = f"required {PLUGIN} runtime_path=/run/pyxis\n"
ENROOT = "ENROOT_RUNTIME_PATH /run/enroot/user-$(id -u)/runtime\n"
SCONTROL = '#!/bin/sh\necho "scontrol $*" >> /var/standin/scontrol.log\n'
FOLDERS = ("/run/enroot", "/var/enroot", "/run/pyxis")


def carry(node):
    """Make it a node of AWS's image."""
    node.put(f"{EXAMPLES}/enroot/enroot.conf", ENROOT)
    node.put(f"{EXAMPLES}/spank/plugstack.conf", STACK)
    node.put(f"{EXAMPLES}/pyxis/pyxis.conf", PYXIS)
    node.put(PLUGIN, "")
    node.put("/usr/local/bin/scontrol", SCONTROL, 0o755)
    node.path("/opt/slurm/etc").mkdir(parents=True)
    node.receive(containers=pyxis_files())
    return node


@pytest.fixture
def head(head):
    return carry(head)


@pytest.fixture
def compute(compute):
    return carry(compute)


def step(node):
    return node.step("60-pyxis", PETAL_REFUSED="/run/refused")


def reconfigured(node):
    file = node.path("/var/standin/scontrol.log")
    return file.read_text().splitlines() if file.exists() else []


def refused(node):
    return node.path("/run/refused").read_text()


def test_the_head_node_turns_the_plugin_on_for_all(head):
    done = step(head)

    assert (done.returncode, done.stderr) == (0, "")
    assert head.path("/opt/slurm/etc/plugstack.conf").read_text() == STACK
    names = sorted(p.name for p in head.path("/opt/slurm/etc/plugstack.conf.d").iterdir())
    assert names == ["pyxis.conf"]
    assert head.path("/opt/slurm/etc/plugstack.conf.d/pyxis.conf").read_text() == PYXIS
    assert not list(head.path("/opt/slurm/etc").glob("*.new"))
    assert reconfigured(head) == ["scontrol reconfigure"]


def test_a_second_run_changes_nothing(head):
    step(head)
    before = head.written()

    assert step(head).returncode == 0

    assert head.written() == before
    assert reconfigured(head) == ["scontrol reconfigure"]


def test_users_have_room_of_their_own_on_every_node(compute):
    assert step(compute).returncode == 0

    for folder in FOLDERS:
        assert compute.path(folder).stat().st_mode & 0o7777 == 0o1777
    assert compute.path("/etc/enroot/enroot.conf").read_text() == ENROOT
    assert not compute.path("/opt/slurm/etc/plugstack.conf").exists()
    assert reconfigured(compute) == []


@pytest.mark.parametrize(
    "file", [PLUGIN, f"{EXAMPLES}/pyxis/pyxis.conf", f"{EXAMPLES}/enroot/enroot.conf"]
)
def test_an_image_without_it_leaves_slurm_as_it_is(head, file):
    head.path(file).unlink()

    assert step(head).returncode == 1

    assert refused(head) == f"pyxis: the image of this machine lacks {file}\n"
    assert not head.path("/opt/slurm/etc/plugstack.conf").exists()
    assert not head.path("/run/pyxis").exists()


def test_plugins_of_the_site_stay(head):
    head.put("/opt/slurm/etc/plugstack.conf", "required /site/plugin.so\n")

    assert step(head).returncode == 1

    assert "is the site's own" in refused(head)
    assert head.path("/opt/slurm/etc/plugstack.conf").read_text() == "required /site/plugin.so\n"
    assert not head.path("/opt/slurm/etc/plugstack.conf.d").exists()


def test_a_run_that_was_cut_off_before_the_stack_is_taken_up(head):
    head.put("/opt/slurm/etc/plugstack.conf.d/pyxis.conf", PYXIS)

    assert step(head).returncode == 0

    assert head.path("/opt/slurm/etc/plugstack.conf").read_text() == STACK


def test_a_slurm_that_does_not_answer_is_no_failure(head):
    head.put("/usr/local/bin/scontrol", "#!/bin/sh\nexit 1\n", 0o755)

    done = step(head)

    assert done.returncode == 0
    assert "scontrol reconfigure failed" in done.stderr
