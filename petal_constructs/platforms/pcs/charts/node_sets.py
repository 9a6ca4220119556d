"""The slurmd pods of a queue: one NodeSet for each node size."""

from __future__ import annotations

import json
from typing import Any

from petal_constructs.catalog.kubernetes import FACTS
from petal_constructs.platforms.pcs import names, users
from petal_constructs.platforms.pcs.charts import software
from petal_constructs.platforms.pcs.charts.containers import SLINKY, config_map, log_reader
from petal_constructs.platforms.pcs.charts.mounts import volumes
from petal_constructs.platforms.pcs.charts.objects import Chart, add
from petal_constructs.platforms.pcs.values import NodeSet, PcsPlan, Queue


def node_sets(plan: PcsPlan, queue: Queue) -> Chart:
    """The NodeSets of one queue.

    `replicas` is the least that the queue keeps; the scaler moves it. Applying a changed chart sets
    it back for a moment, which costs no job: the operator drains a node in Slurm first and
    deletes no pod whose job still runs. So does its rolling update of changed pods.
    """
    made = Chart(f"{queue.node_pool}-slurm")
    for order, node_set in enumerate(queue.node_sets):
        add(
            made,
            SLINKY,
            "NodeSet",
            node_set.name,
            namespace=queue.namespace,
            labels={names.QUEUE_LABEL: queue.name},
            annotations={names.SIZE_ANNOTATION: _size(node_set, order)},
            spec={
                "controllerRef": {"name": names.CONTROLLER},
                "replicas": node_set.min_count,
                "scalingMode": "StatefulSet",
                # Partitions hold several node sets: slurm.conf names them.
                "partition": {"enabled": False},
                "workloadDisruptionProtection": True,
                "slurmd": _slurmd(plan, queue, node_set),
                "logfile": log_reader(),
                "extraConf": _extra_conf(node_set),
                "template": _template(plan, queue, node_set),
            },
        )
    return made


def _size(node_set: NodeSet, order: int) -> str:
    """What the scaler must know: see `names.SIZE_ANNOTATION`."""
    return json.dumps(
        {
            "cpus": node_set.pod.cpus,
            "threads_per_core": node_set.threads_per_core,
            "memory_mib": node_set.pod.memory_mib,
            "gpus": node_set.gpus,
            "min": node_set.min_count,
            "max": node_set.max_count,
            "order": order,
        }
    )


def _extra_conf(node_set: NodeSet) -> str:
    """`slurmd --conf`: among idle nodes Slurm takes the one with the least weight first."""
    weight = f"Weight={node_set.pod.cpus}"
    return f"Gres=gpu:{node_set.gpus} {weight}" if node_set.gpus else weight


def _slurmd(plan: PcsPlan, queue: Queue, node_set: NodeSet) -> dict[str, Any]:
    mounts = [*volumes(plan)[1], {"name": "shm", "mountPath": "/dev/shm"}]  # noqa: S108
    if queue.local_disks:
        mounts.append({"name": "scratch-local", "mountPath": names.LOCAL_SCRATCH})
    people = {"mountPath": users.NSSWITCH_FILE, "subPath": users.NSSWITCH_KEY}
    mounts.append({"name": names.NODE_FILES, "readOnly": True, **people})
    mounts += software.of_jobs(plan, queue, node_set).mounts
    return {
        "image": plan.software.slurmd_of(queue.name, node_set.machine) or FACTS.images.slurmd,
        # In place of the operator's, which is the limit: its image offers so much to jobs.
        "env": [{"name": "POD_MEMORY", "value": str(node_set.pod.memory_mib)}],
        "resources": _resources(node_set),
        "volumeMounts": mounts,
    }


def _resources(node_set: NodeSet) -> dict[str, Any]:
    """The operator tells slurmd the limit of CPUs, and Slurm takes it for the size of the node."""
    pod = node_set.pod
    devices = {
        "nvidia.com/gpu": node_set.gpus,
        "vpc.amazonaws.com/efa": node_set.efa_interfaces,
    }
    wanted = {name: str(count) for name, count in devices.items() if count}
    memory = f"{pod.limit_mib}Mi"
    return {
        "requests": {"cpu": f"{pod.cpu_request_millicores}m", "memory": memory, **wanted},
        "limits": {"cpu": str(pod.cpus), "memory": memory, **wanted},
    }


def _template(plan: PcsPlan, queue: Queue, node_set: NodeSet) -> dict[str, Any]:
    shown = software.of_jobs(plan, queue, node_set)
    return {
        # Else Karpenter might take an idle node just when Slurm gives it a job.
        "metadata": {"annotations": {"karpenter.sh/do-not-disrupt": "true"}},
        "spec": {
            "serviceAccountName": names.JOBS_ACCOUNT,
            "priorityClassName": names.JOBS_PRIORITY,
            "nodeSelector": {names.NODE_POOL_LABEL: queue.node_pool},
            "affinity": {"nodeAffinity": _only_on(node_set.instance_types)},
            "tolerations": [
                {
                    "key": names.NAMESPACE_TAINT,
                    "operator": "Equal",
                    "value": queue.namespace,
                    "effect": "NoSchedule",
                }
            ],
            "volumes": [*volumes(plan)[0], *_own_volumes(queue, node_set), *shown.volumes],
            **shown.init_containers,
        },
    }


def _only_on(instance_types: tuple[str, ...]) -> dict[str, Any]:
    term = {
        "key": "node.kubernetes.io/instance-type",
        "operator": "In",
        "values": list(instance_types),
    }
    return {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [term]}]
        }
    }


def _own_volumes(queue: Queue, node_set: NodeSet) -> list[dict[str, Any]]:
    """Memory for MPI, half of it as Linux has it; and the disks, where kubelet keeps emptyDirs."""
    half = f"{node_set.pod.memory_mib // 2}Mi"
    shm: dict[str, Any] = {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": half}}
    disks = [{"name": "scratch-local", "emptyDir": {}}] if queue.local_disks else []
    return [shm, *disks, config_map(names.NODE_FILES)]
