"""A head node and a node that builds, with stand-ins for Spack and Slurm, and what they leave."""

from __future__ import annotations

import time

from petal_constructs.plan.values import Builder
from tests.node.root import Software

PACKAGES = ("samtools@1.17", "gatk@4.3.0", "hdf5@1.14+mpi ^openmpi@4.1")
BUILDER = Builder("compute", "cpu16", "1-00:00:00")
JOB = ("bash", "/opt/petal/src/spack-job.sh")


def on_queue(*packages, **more):
    return Software(packages or PACKAGES, "/petal", builder=BUILDER, **more)


TOOLS = on_queue()


def deploy(nodes, software=TOOLS):
    """What the timer of each node does with a new list."""
    for node in nodes:
        node.receive((), (), software)
    return nodes[0].step("30-software")


def listed(nodes, kind, *names):
    for node in nodes:
        node.put(f"/var/standin/{kind}-packages", "".join(f"{name}\n" for name in names))


def run_job(nodes):
    """The job, as slurmd starts it; it is out of the queue afterwards."""
    done = nodes[1].run(*JOB)
    nodes[0].path("/var/standin/job").unlink(missing_ok=True)
    return done


def state(nodes):
    return nodes[0].path("/petal/log/spack.state").read_text().split()


def results(nodes):
    rows = nodes[0].path("/petal/log/packages.tsv").read_text().splitlines()
    return {row.split("\t")[0]: row.split("\t")[2] for row in rows}


def modules(nodes, tree="tcl"):
    root = nodes[0].path(f"/petal/modules/{tree}")
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())


def marker(nodes):
    path = nodes[0].path("/petal/petal_ready")
    return path.read_text().strip() if path.exists() else None


def jobs(nodes):
    log = nodes[0].path("/var/standin/sbatch.log")
    return log.read_text().splitlines() if log.exists() else []


def log_of(node, name):
    path = node.path(f"/var/standin/{name}.log")
    return path.read_text() if path.exists() else ""


def compiles(node):
    return log_of(node, "spack").count("--use-buildcache auto")


def wait_for(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
