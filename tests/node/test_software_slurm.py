"""The job that compiles software, submitted to and run by a real slurmctld and slurmd of Debian.

Its queue is reserved for tenants, as Slurm's accounts have it. Spack is stood in for.
"""

from __future__ import annotations

import dataclasses
import os
import signal

import pytest

from petal_constructs.plan.values import Builder, Software
from petal_constructs.platforms.parallelcluster.software import with_builder
from petal_constructs.render.accounts import accounts_files
from petal_constructs.render.software import stamp
from tests.node.test_accounts import PLAN, bootstrap, slurm_conf
from tests.pcs.accounting import Accounting, wait

BUILDER = Builder("general", "cpu16", "1:00:00")
TOOLS = Software(("samtools@1.17", "gatk@4.3.0"), "/petal", builder=BUILDER)
TENANT = dataclasses.replace(PLAN.accounts[0], users=())
BUILDING = dataclasses.replace(PLAN, queues=with_builder(PLAN.queues, BUILDER), software=TOOLS)


class OnNode(Accounting):
    """Slurm whose slurmd, and so its jobs, see the files of a throw-away node."""

    def start_on(self, node):
        self._run("slurm", "slurmctld", "-D", "-c")
        wait(lambda: "UP" in self.ask("scontrol", "ping").stdout)
        conf = self.environment["SLURM_CONF"]
        self.slurmd = node.start("slurmd", "-D", "-N", "n1", apart="", SLURM_CONF=conf)
        wait(lambda: "idle" in self.ask("sinfo", "-h", "-o", "%T").stdout)

    def stop(self):
        if hasattr(self, "slurmd"):
            os.killpg(self.slurmd.pid, signal.SIGKILL)
            self.slurmd.wait()
        super().stop()


@pytest.fixture
def nodes(new_node, volume):
    """The head node, with real commands of Slurm, and the node that builds."""
    head, compute = new_node("head", volume), new_node("compute", volume)
    for command in ("sbatch", "squeue", "scancel"):
        head.path(f"/usr/local/bin/{command}").unlink()
    for node in (head, compute):
        node.receive((), (), TOOLS, accounts_files(PLAN.slurm_name, [TENANT]))
    return head, compute


@pytest.fixture
def slurm(nodes):
    features = "RealMemory=62000 Feature=dynamic,m7i.4xlarge,cpu16"
    daemons = OnNode(slurm_conf(BUILDING).replace("RealMemory=62000", features))
    try:
        daemons.start()
        bootstrap(daemons)
        daemons.start_on(nodes[1])
        yield daemons
    finally:
        daemons.stop()


@pytest.fixture
def where(slurm):
    """How the head node's commands find this Slurm."""
    return {"apart": "", "SLURM_CONF": slurm.environment["SLURM_CONF"]}


def start_build(nodes, where, slow):
    for name in ("40-accounts", "30-software", "30-software"):
        done = nodes[0].step(name, **where)
        assert done.returncode == 0, done.stderr
    wait((slow / "compiling").exists)


def test_roots_job_runs_alone_in_the_queue_of_a_tenant_and_leaves_its_modules(
    nodes, slurm, where, slow
):
    head, _ = nodes
    start_build(nodes, where, slow)

    job = slurm.ask("scontrol", "show", "job", "--oneliner").stdout.split()
    assert {"JobName=petal-spack", "UserId=root(0)", "Partition=general", "Requeue=1"} <= set(job)
    assert {"Features=cpu16", "OverSubscribe=NO", "NumCPUs=16", "TimeLimit=01:00:00"} <= set(job)
    second = head.run(
        "sbatch", "--dependency=singleton", "-J", "petal-spack", "-p", "general", "--wrap", "true",
        **where,
    )  # fmt: skip
    assert second.returncode == 0, second.stderr
    why = ("squeue", "-h", "-t", "PENDING", "-o", "%r")
    wait(lambda: slurm.ask(*why).stdout == "Dependency\n")

    slow.rename(slow.with_name("fast"))
    wait(lambda: (head.path("/petal/petal_ready")).exists())
    assert head.path("/petal/petal_ready").read_text().strip() == stamp(TOOLS)
    assert head.path("/petal/modules/tcl/samtools/1.17").exists()
    assert head.path("/petal/software/standin").stat().st_uid == 0


def test_a_job_that_slurm_is_about_to_end_has_failed_and_is_over(nodes, slurm, where, slow):
    state = nodes[0].path("/petal/log/spack.state")
    start_build(nodes, where, slow)

    # as `--signal=B:TERM@120` does at the end of the time limit
    slurm.ask("scancel", "--batch", "--signal=TERM", "--name=petal-spack", user="root")

    wait(lambda: state.read_text().split() == ["failed", stamp(TOOLS), "1"])
    wait(lambda: slurm.ask("squeue", "-h").stdout == "")
