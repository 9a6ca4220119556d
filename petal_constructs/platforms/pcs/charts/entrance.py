"""The way in for jobs of another cluster: slurmrestd behind a load balancer of the stack."""

from __future__ import annotations

from typing import Final

from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.charts.objects import Chart, add
from petal_constructs.platforms.pcs.values import SlurmCluster

_API: Final = "elbv2.k8s.aws/v1beta1"


def entrance(cluster: SlurmCluster, *, target_group_arn: str) -> Chart:
    """Keeps the address of slurmrestd's pod in a target group, which the controller looks after.

    Without `networking`: the stack itself lets the load balancer into the nodes. Source:
    aws-load-balancer-controller v3.5.0, definition of TargetGroupBinding.

    Args:
        cluster: The Slurm of the namespace.
        target_group_arn: Of addresses, not of instances.
    """
    made = Chart(f"{cluster.namespace}-entrance")
    spec = {
        "serviceRef": {"name": names.REST_API, "port": names.REST_PORT},
        "targetGroupARN": target_group_arn,
        "targetType": "ip",
    }
    add(made, _API, "TargetGroupBinding", names.REST_API, namespace=cluster.namespace, spec=spec)
    return made
