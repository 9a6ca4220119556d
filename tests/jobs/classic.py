"""slurm.conf of the parallelcluster side, as ParallelCluster writes it for nodes that start later.

Source: aws-parallelcluster-cookbook f75d84c, slurm.conf.erb and config_renderer.py.
"""

from __future__ import annotations

SETTINGS = """\
EnforcePartLimits=ALL
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
GresTypes=gpu
SuspendProgram=/bin/true
ResumeProgram=/bin/true
SuspendTime=600
Licenses=abaqus:10
"""


def extra_conf(site):
    lines = [SETTINGS]
    for queue in site.partitions:
        names = [f"{queue.name}-dy-{kind.name}-[1-{kind.count}]" for kind in queue.kinds]
        for name, kind in zip(names, queue.kinds, strict=True):
            (gpu,) = kind.gpu_types or ("",)
            gres = f" Gres=gpu:{gpu}:{kind.gpus}" if kind.gpus else ""
            features = ",".join(sorted(kind.features))
            lines.append(
                f"NodeName={name} CPUs={kind.cpus} RealMemory={kind.memory_mib} State=CLOUD "
                f"Feature={features} Weight=1000{gres}"
            )
        limit = "INFINITE" if queue.max_minutes == float("inf") else int(queue.max_minutes)
        lines += [
            f"NodeSet={queue.name}_nodes Nodes={','.join(names)}",
            f"PartitionName={queue.name} Nodes={queue.name}_nodes MaxTime={limit} State=UP"
            + (" Default=YES" if queue.name == site.default else ""),
        ]
    return "\n".join(lines) + "\n"
