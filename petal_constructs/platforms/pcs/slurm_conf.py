"""What the operator appends to slurm.conf, and the configuration files beside it.

The operator writes the rest: ports, authentication, accounting storage, MaxNodeCount, and
`AuthInfo=use_client_ids`. Source: slurm-operator 1.2.1, controllerbuilder/controller_config.go;
slurm.conf(5), cgroup.conf(5) of Slurm 26.05.
"""

from __future__ import annotations

from typing import Final

from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.job_images import job_submit
from petal_constructs.platforms.pcs.values import NodeSet, Queue, SlurmCluster

_ALWAYS: Final = (
    "SelectType=select/cons_tres",
    "SelectTypeParameters=CR_Core_Memory",
    # Compute pods know no users: slurmstepd answers for the one whose job it is.
    "LaunchParameters=enable_nss_slurm",
    "ProctrackType=proctrack/cgroup",
    "TaskPlugin=task/affinity,task/cgroup",
    "JobAcctGatherType=jobacct_gather/cgroup",
    # EFA pins memory: as much as the compute pod may, not the login pod where sbatch was typed.
    "PropagateResourceLimitsExcept=MEMLOCK",
    # A node that was lost and comes back is used again.
    "ReturnToService=2",
)
_GPUS: Final = ("GresTypes=gpu",)
_COUNTED_GPUS: Final = ("AccountingStorageTRES=gres/gpu",)
"""Without slurmdbd slurmctld does not start with it."""
_ACCOUNTS: Final = ("AccountingStorageEnforce=associations,limits,safe",)

_JOB_SUBMIT: Final = ("JobSubmitPlugins=lua",)
_OTHERS_TOKENS: Final = ("AuthAltParameters=use_jwt_client_ids",)
"""Tokens of another cluster say who somebody is, whom slurmctld cannot look up; the operator puts
its own parameters before (`common.BuildMergedConfig`)."""

_CGROUP_CONF: Final = """\
CgroupPlugin=cgroup/v2
IgnoreSystemd=yes
ConstrainCores=yes
ConstrainRAMSpace=yes
ConstrainDevices=yes
"""
"""The operator's own two lines, and limits per job: else a job takes its neighbour's GPU, and one
that wants too much memory ends the whole pod. Source: helm/slurm/values.yaml of slurm-operator."""
_PYXIS: Final = "include /usr/share/pyxis/*\n"
"""A pattern, because slurmctld lacks pyxis and would fail. Source: docs/usage/pyxis.md."""
_GRES_CONF: Final = "AutoDetect=nvidia\n"
"""Source: docs/installation.md of slurm-operator."""


def extra_conf(cluster: SlurmCluster) -> str:
    """Text of `Controller.spec.extraConf`: how Slurm works, its partitions and shape nodes."""
    lines = [
        *_ALWAYS,
        *(_GPUS if cluster.gpus else ()),
        *(_COUNTED_GPUS if cluster.gpus and cluster.accounting else ()),
        *(_ACCOUNTS if cluster.accounts else ()),
        *(_JOB_SUBMIT if cluster.job_images else ()),
        *(_OTHERS_TOKENS if cluster.submission else ()),
    ]
    for queue in cluster.queues:
        lines += _queue_lines(queue)
    return "".join(f"{line}\n" for line in lines)


def config_files(cluster: SlurmCluster) -> dict[str, str]:
    """Files of /etc/slurm by name, for `Controller.spec.configFileRefs`."""
    files = {"cgroup.conf": _CGROUP_CONF, "plugstack.conf": _PYXIS}
    if cluster.job_images:
        default = next(queue.name for queue in cluster.queues if queue.default)
        files["job_submit.lua"] = job_submit(cluster.job_images, default)
    return files | ({"gres.conf": _GRES_CONF} if cluster.gpus else {})


def _queue_lines(queue: Queue) -> list[str]:
    return [
        *(f"NodeSet={_all_of(n)} Feature={n.name}" for n in queue.node_sets),
        _partition(queue),
        *(_shape_nodes(n) for n in queue.node_sets),
    ]


def _all_of(node_set: NodeSet) -> str:
    """Slurm's name for shape nodes and pods of a size together.

    Not the node set's own: the operator defines that one only while the object exists, and
    slurmctld does not start with a partition of nodes that it does not know.
    """
    return f"{node_set.name}-all"


def _partition(queue: Queue) -> str:
    # Without a default, a job that asks for no memory would take all that a node has.
    memory = min(n.pod.memory_mib // n.pod.cpus for n in queue.node_sets)
    options = {
        "PartitionName": queue.name,
        "Nodes": ",".join(map(_all_of, queue.node_sets)),
        "Default": "YES" if queue.default else "NO",
        "MaxTime": queue.max_time or "INFINITE",
        "DefMemPerCPU": memory,
        "AllowAccounts": ",".join(queue.allowed_accounts) or "ALL",
        "State": "UP",
    }
    return _line(options)


def _shape_nodes(node_set: NodeSet) -> str:
    """As many as may ever run, in a state that no one sees, so that Slurm knows what will fit."""
    threads = node_set.threads_per_core
    options: dict[str, str | int] = {
        "NodeName": f"{node_set.name}-{names.FUTURE}-[0-{node_set.max_count - 1}]",
        "CPUs": node_set.pod.cpus,
        "Boards": 1,
        "SocketsPerBoard": 1,
        "CoresPerSocket": node_set.pod.cpus // threads,
        "ThreadsPerCore": threads,
        "RealMemory": node_set.pod.memory_mib,
        "Feature": node_set.name,
        "State": "FUTURE",
    }
    if node_set.gpus:
        options["Gres"] = f"gpu:{node_set.gpus}"
    return _line(options)


def _line(options: dict[str, str | int]) -> str:
    return " ".join(f"{key}={value}" for key, value in options.items())
