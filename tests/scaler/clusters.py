"""A Slurm cluster with two queues: one of two sizes, one with GPUs."""

from __future__ import annotations

import json

from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.values import NodeSet, PodSize, Queue, SlurmCluster
from petal_constructs.templates.scaler import node_sets as seen


def node_set(name, cpus, cores, memory_mib, *, gpus=0, least=0, most=10):
    pod = PodSize(cpus * 1000 - 500, cpus, memory_mib + 256, memory_mib)
    return NodeSet(name, ("c7i.xlarge",), "x86_64", cores, gpus, 0, pod, least, most)


def queue(name, *node_sets, **options):
    ordinary = {
        "namespace": "hpc-jobs",
        "capacity_type": "ONDEMAND",
        "min_count": 0,
        "max_count": node_sets[0].max_count,
        "efa": False,
        "placement_group": False,
        "local_disks": False,
        "max_time": None,
        "default": False,
        "allowed_accounts": (),
    }
    return Queue(name=name, node_sets=node_sets, **(ordinary | options))


def cluster(*queues, accounts=()):
    return SlurmCluster(
        namespace="hpc-jobs",
        tenant=None,
        cluster_name="ci",
        queues=queues,
        users=(),
        accounts=accounts,
        accounting=bool(accounts),
        limits=None,
        iam_roles=(),
    )


SMALL = node_set("cpu-cpu4", 4, 4, 8000)
LARGE = node_set("cpu-cpu16", 16, 8, 64000)
GPU = node_set("gpu-gpu8-cpu32", 32, 32, 128000, gpus=8, most=4)

CLUSTER = cluster(queue("cpu", SMALL, LARGE, default=True), queue("gpu", GPU))


def manifest(of, queue_name, order, replicas=0):
    """A NodeSet as the API server gives it."""
    size = {
        "cpus": of.pod.cpus,
        "threads_per_core": of.threads_per_core,
        "memory_mib": of.pod.memory_mib,
        "gpus": of.gpus,
        "min": of.min_count,
        "max": of.max_count,
        "order": order,
    }
    return {
        "metadata": {
            "name": of.name,
            "labels": {names.QUEUE_LABEL: queue_name},
            "annotations": {names.SIZE_ANNOTATION: json.dumps(size)},
        },
        "spec": {"replicas": replicas},
        "status": {"replicas": replicas},
    }


def manifests(of=CLUSTER):
    return [
        manifest(node_set, queue.name, order)
        for queue in of.queues
        for order, node_set in enumerate(queue.node_sets)
    ]


def as_seen(of=CLUSTER):
    """What the scaler makes of the manifests."""
    return [seen._node_set(each) for each in manifests(of)]
