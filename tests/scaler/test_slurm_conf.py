"""What petal adds to slurm.conf, and the files beside it."""

from __future__ import annotations

import dataclasses

from petal_constructs.plan.tenants import Account, Limits
from petal_constructs.platforms.pcs import slurm_conf
from tests.scaler import clusters

CONF = """\
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
LaunchParameters=enable_nss_slurm
ProctrackType=proctrack/cgroup
TaskPlugin=task/affinity,task/cgroup
JobAcctGatherType=jobacct_gather/cgroup
PropagateResourceLimitsExcept=MEMLOCK
ReturnToService=2
GresTypes=gpu
NodeSet=cpu-cpu4-all Feature=cpu-cpu4
NodeSet=cpu-cpu16-all Feature=cpu-cpu16
PartitionName=cpu Nodes=cpu-cpu4-all,cpu-cpu16-all Default=YES MaxTime=INFINITE DefMemPerCPU=2000 \
AllowAccounts=ALL State=UP
NodeName=cpu-cpu4-future-[0-9] CPUs=4 Boards=1 SocketsPerBoard=1 CoresPerSocket=4 \
ThreadsPerCore=1 RealMemory=8000 Feature=cpu-cpu4 State=FUTURE
NodeName=cpu-cpu16-future-[0-9] CPUs=16 Boards=1 SocketsPerBoard=1 CoresPerSocket=8 \
ThreadsPerCore=2 RealMemory=64000 Feature=cpu-cpu16 State=FUTURE
NodeSet=gpu-gpu8-cpu32-all Feature=gpu-gpu8-cpu32
PartitionName=gpu Nodes=gpu-gpu8-cpu32-all Default=NO MaxTime=INFINITE DefMemPerCPU=4000 \
AllowAccounts=ALL State=UP
NodeName=gpu-gpu8-cpu32-future-[0-3] CPUs=32 Boards=1 SocketsPerBoard=1 CoresPerSocket=32 \
ThreadsPerCore=1 RealMemory=128000 Feature=gpu-gpu8-cpu32 State=FUTURE Gres=gpu:8
"""


def test_partitions_and_shape_nodes_stand_in_slurm_conf():
    assert slurm_conf.extra_conf(clusters.CLUSTER) == CONF


def test_a_queue_may_limit_time_and_accounts():
    queue = clusters.queue(
        "night", clusters.SMALL, max_time="1-00:00:00", allowed_accounts=("bio", "users")
    )

    conf = slurm_conf.extra_conf(clusters.cluster(queue))

    assert " MaxTime=1-00:00:00 " in conf
    assert " AllowAccounts=bio,users " in conf


def test_accounts_bind_only_if_slurm_enforces_them():
    account = Account("bio", ("alice",), Limits(cpus=8))

    conf = slurm_conf.extra_conf(clusters.cluster(*clusters.CLUSTER.queues, accounts=(account,)))

    assert "AccountingStorageEnforce=associations,limits,safe\n" in conf
    assert "AccountingStorageTRES=gres/gpu\n" in conf


def test_gpus_are_named_only_where_there_are_some():
    without = clusters.cluster(clusters.queue("cpu", clusters.SMALL))

    assert "gpu" not in slurm_conf.extra_conf(without)
    assert set(slurm_conf.config_files(without)) == {"cgroup.conf", "plugstack.conf"}
    assert slurm_conf.config_files(clusters.CLUSTER)["gres.conf"] == "AutoDetect=nvidia\n"


def test_removing_a_queue_takes_away_its_own_lines_alone():
    cpu, _ = clusters.CLUSTER.queues
    before = slurm_conf.extra_conf(clusters.CLUSTER).splitlines()

    fewer = dataclasses.replace(clusters.CLUSTER, queues=(cpu,))
    after = slurm_conf.extra_conf(fewer).splitlines()

    assert [line for line in before if "gpu" not in line] == after
