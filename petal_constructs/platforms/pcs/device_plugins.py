"""What tells Kubernetes about network adapters and GPUs of nodes."""

from __future__ import annotations

from typing import Any, Final

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IDependable

from petal_constructs.platforms.pcs.helm import ON_EVERY_NODE, install_chart
from petal_constructs.platforms.pcs.values import PcsPlan

GPU_LABEL: Final = "nvidia.com/gpu.present"
"""On nodes with GPUs that Karpenter did not start; `true`."""
_EFA: Final[dict[str, Any]] = {"tolerations": ON_EVERY_NODE}


def _expression(key: str, value: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]}


# The chart's own affinity asks for labels of Node Feature Discovery.
_NVIDIA: Final[dict[str, Any]] = {
    "tolerations": ON_EVERY_NODE,
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [
                    _expression("karpenter.k8s.aws/instance-gpu-manufacturer", "nvidia"),
                    _expression(GPU_LABEL, "true"),
                ]
            }
        }
    },
}


def device_plugins(
    scope: Construct, *, plan: PcsPlan, cluster: eks.ICluster, after: tuple[IDependable, ...]
) -> tuple[IDependable, ...]:
    """The plugins that the plan's queues need; EKS Auto Mode has its own."""
    if plan.kubernetes.node_starter == "auto-mode":
        return ()
    wanted: list[tuple[str, str, dict[str, Any]]] = []
    if any(queue.efa for queue in plan.queues):
        wanted.append(("Efa", "aws-efa-k8s-device-plugin", _EFA))
    if any(slurm.gpus for slurm in plan.clusters):
        wanted.append(("Nvidia", "nvidia-device-plugin", _NVIDIA))
    return tuple(
        install_chart(scope, construct_id, cluster=cluster, name=name, values=values, after=after)
        for construct_id, name, values in wanted
    )
