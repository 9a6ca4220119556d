from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from petal_constructs.platforms.pcs import slurm_conf
from tests.jobs import classic, sites
from tests.need import missing
from tests.scaler.real_slurm import RealSlurm


@pytest.fixture(scope="session")
def slurm():
    """Debian's slurmctld with the queues of pcs; no node is up, so that jobs wait."""
    (cluster,) = sites.plan("pcs").clusters
    names = [node_set.name for queue in cluster.queues for node_set in queue.node_sets]
    yield from _running(slurm_conf.extra_conf(cluster), names)


@pytest.fixture(scope="session")
def classic_slurm():
    """The same with the queues of parallelcluster."""
    yield from _running(classic.extra_conf(sites.site("parallelcluster")), [])


def _running(extra_conf, node_sets):
    if os.geteuid() != 0:
        missing("root", "the daemons of Slurm run as several users")
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="petal-slurm-"))
    folder.chmod(0o755)
    daemons = RealSlurm(folder, extra_conf, node_sets, pods={})
    try:
        daemons.start()
        yield daemons
    finally:
        daemons.stop_all()
        shutil.rmtree(folder)
