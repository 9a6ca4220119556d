"""The software step and the build with a stand-in spack, which writes real module trees.

It compiles nothing: what Spack itself makes of spack.yaml is not proved here.
"""

from __future__ import annotations

import os
import time

import pytest

from tests.node.root import Software

TOOLS = Software(("samtools@1.17", "gatk@4.3.0", "bwa"), "/petal")
STATE = "/petal/log/spack.state"


def _software(node, software=TOOLS):
    node.receive((), (), software)
    return node.step("30-software")


def _break(node, *names):
    node.put("/var/standin/broken-packages", "".join(f"{name}\n" for name in names))


def _state(node):
    return node.path(STATE).read_text().split()[0]


def _builds(node):
    log = node.path("/var/standin/systemd-run.log")
    return len(log.read_text().splitlines()) if log.exists() else 0


def _modules(node, tree):
    root = node.path(f"/petal/modules/{tree}")
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def test_packages_become_modules(head):
    done = _software(head)

    assert done.returncode == 0, done.stderr
    assert _state(head) == "ready"
    assert _modules(head, "tcl") == ["bwa/2.0", "gatk/.modulerc", "gatk/4.3.0.0", "samtools/1.17"]
    assert _modules(head, "pending") == []


def test_only_the_head_node_builds(compute):
    done = _software(compute)

    assert done.returncode == 0
    assert _builds(compute) == 0
    assert compute.path("/etc/petal/software-root").read_text() == "/petal\n"
    assert not compute.path("/petal").exists()


def test_a_second_run_builds_nothing_and_changes_nothing(head):
    _software(head)
    first = head.written()

    done = head.step("30-software")

    assert (done.returncode, done.stderr) == (0, "")
    assert _builds(head) == 1
    assert head.written() == first


def test_a_seed_without_packages_has_no_modules_left(head):
    _software(head)

    done = _software(head, Software((), "/petal"))

    assert (done.returncode, done.stderr) == (0, "")
    assert _modules(head, "tcl") == []
    assert not head.path(STATE).exists()


def test_a_new_package_is_built_and_the_others_stay(head):
    _software(head)

    _software(head, Software((*TOOLS.spack_specs, "star@2.7"), "/petal"))

    assert _builds(head) == 2
    assert _state(head) == "ready"
    assert "star/2.7" in _modules(head, "tcl")


def test_a_package_that_left_the_seed_loses_its_module(head):
    _software(head)

    _software(head, Software(("samtools@1.17",), "/petal"))

    assert _modules(head, "tcl") == ["samtools/1.17"]


def test_a_failed_package_does_not_hide_the_others(head):
    _break(head, "gatk")

    done = _software(head)

    assert done.returncode == 0
    assert _state(head) == "failed"
    assert _modules(head, "tcl") == ["bwa/2.0", "samtools/1.17"]
    assert _modules(head, "pending") == ["gatk/4.3.0"]
    assert head.path("/petal/log/packages.tsv").read_text().splitlines() == [
        "samtools\t1.17\tready",
        "gatk\t4.3.0\tfailed",
        "bwa\t-\tready",
    ]


def test_the_logs_of_failures_are_those_of_the_last_list(head):
    _break(head, "gatk")
    _software(head)
    logs = head.path("/petal/log/failed")
    assert [path.name for path in logs.iterdir()] == ["spack-stage-gatk@4.3.0.txt"]

    _software(head, Software(("samtools@1.17",), "/petal"))

    assert list(logs.iterdir()) == []


def test_a_failed_build_is_not_repeated_at_every_tick_but_after_an_hour(head):
    _break(head, "gatk")
    _software(head)
    head.step("30-software")
    assert _builds(head) == 1

    _break(head)
    an_hour_ago = time.time() - 3700
    os.utime(head.path(STATE), (an_hour_ago, an_hour_ago))
    head.step("30-software")

    assert _builds(head) == 2
    assert _state(head) == "ready"
    assert _modules(head, "pending") == []


def test_a_failed_build_is_repeated_at_once_for_a_changed_seed(head):
    _break(head, "gatk")
    _software(head)

    _software(head, Software(("samtools@1.17",), "/petal"))

    assert (_builds(head), _state(head)) == (2, "ready")


def test_a_build_that_the_node_did_not_survive_is_resumed(head):
    _software(head)
    hash_ = head.path(STATE).read_text().split()[1]
    head.put(STATE, f"building {hash_}\n")

    head.step("30-software")

    assert (_builds(head), _state(head)) == (2, "ready")


def test_a_running_build_is_left_alone(head):
    head.put("/var/standin/active/petal-spack.service", "")

    done = _software(head)

    assert done.returncode == 0
    assert _builds(head) == 0
    assert _modules(head, "pending") == ["bwa/pending", "gatk/4.3.0", "samtools/1.17"]


def test_spack_that_cannot_be_fetched_is_a_failed_build_that_says_so(head):
    head.put("/var/standin/unreachable", "")

    done = _software(head)

    assert done.returncode == 0
    assert _state(head) == "failed"
    assert _modules(head, "pending") == ["bwa/pending", "gatk/4.3.0", "samtools/1.17"]
    assert not head.path("/petal/spack/v1.2.2").exists()


def test_the_build_runs_below_everything_else_and_leaves_a_core(head):
    _software(head)

    asked = head.path("/var/standin/systemd-run.log").read_text()
    for option in ("Nice=19", "IOSchedulingClass=idle", "CPUWeight=10", "--unit=petal-spack"):
        assert option in asked
    cores = len(os.sched_getaffinity(0))
    spack = head.path("/var/standin/spack.log").read_text()
    assert f"install --use-buildcache auto -j {max(cores - 1, 1)}\n" in spack
    assert "--branch v1.2.2" in head.path("/var/standin/git.log").read_text()


def test_new_pins_decide_everything_again(head):
    _software(head)
    lock = head.path("/petal/environment/spack.lock")
    first = lock.stat().st_ino
    head.put("/petal/environment/pins", "spack\t1.1\n")
    head.put(STATE, "none\n")

    head.step("30-software")

    assert lock.stat().st_ino != first


@pytest.mark.parametrize(
    "root", ["/petal/$(touch /pwned)", "/petal; touch /pwned", "/petal/../etc"]
)
def test_a_hostile_root_is_refused(head, root):
    done = _software(head, Software(("samtools@1.17",), root))

    assert done.returncode == 1
    assert "not a folder" in done.stderr
    assert not head.path("/pwned").exists()
    assert not head.path("/etc/petal").exists()


def test_a_hostile_spec_reaches_spack_as_text(head):
    done = _software(head, Software(("samtools@1.17$(touch${IFS}/pwned)",), "/petal"))

    assert done.returncode == 0
    assert not head.path("/pwned").exists()
    assert head.path("/petal/environment/spack.yaml").read_text().count("$(touch${IFS}/pwned)") == 1


def test_a_seed_without_packages_has_nothing_to_build(head):
    done = _software(head, Software((), "/petal"))

    assert done.returncode == 0
    assert _builds(head) == 0
