from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from petal_constructs.platforms.pcs import slurm_conf
from petal_constructs.templates.scaler.answers import Service
from petal_constructs.templates.scaler.node_sets import Kubernetes
from petal_constructs.templates.scaler.scaler import Scaler
from petal_constructs.templates.scaler.slurm import Slurm
from tests.need import missing
from tests.scaler import clusters
from tests.scaler.api_server import ApiServer
from tests.scaler.real_slurm import RealSlurm

IDLE_S = 300


def pods(node_set):
    return [f"{node_set.name}-{n}" for n in range(2)]


def shape(node_set):
    return (
        f"CPUs={node_set.pod.cpus} CoresPerSocket={node_set.cores} Feature={node_set.name} "
        f"ThreadsPerCore={node_set.threads_per_core} RealMemory={node_set.pod.memory_mib}"
    )


@pytest.fixture(scope="session")
def slurm():
    if os.geteuid() != 0:
        missing("root", "the daemons of Slurm run as several users")
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="petal-slurm-"))
    folder.chmod(0o755)
    daemons = RealSlurm(
        folder,
        slurm_conf.extra_conf(clusters.CLUSTER),
        [node_set.name for queue in clusters.CLUSTER.queues for node_set in queue.node_sets],
        pods={name: shape(of) for of in (clusters.SMALL, clusters.LARGE) for name in pods(of)},
    )
    try:
        daemons.start()
        yield daemons
    finally:
        daemons.stop_all()
        shutil.rmtree(folder)


@pytest.fixture
def api():
    server = ApiServer(clusters.manifests())
    yield server
    server.close()


@pytest.fixture
def kubernetes(api, tmp_path):
    token = tmp_path / "cluster-token"
    token.write_text("cluster-token\n")
    return Kubernetes(Service(api.url, 2), "hpc-jobs", token)


class World:
    """Jobs of a real Slurm on one side, `/scale` on the other, and a clock between them."""

    def __init__(self, slurm, api, scaler):
        self.slurm = slurm
        self.api = api
        self.scaler = scaler
        self.ahead = 0.0

    def round(self, after_s=0.0):
        """What one round asks of the API server."""
        self.ahead += after_s
        self.api.calls.clear()
        self.scaler.round(time.time() + self.ahead)
        return list(self.api.calls)


@pytest.fixture
def world(slurm, api, kubernetes, tmp_path):
    token = tmp_path / "slurm-token"
    token.write_text(slurm.token("nobody"))
    scaler = Scaler(kubernetes, Slurm(Service(slurm.url, 5), "nobody", token), IDLE_S)
    yield World(slurm, api, scaler)
    slurm.cancel_all()
