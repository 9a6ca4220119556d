"""What petal adds to EKS Auto Mode before anything runs in it."""

from __future__ import annotations

from typing import Any, Final

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IDependable

from petal_constructs.platforms.pcs.charts.objects import MANAGED_BY
from petal_constructs.platforms.pcs.names import SYSTEM_NAMESPACE
from petal_constructs.platforms.pcs.system_pool import AUTO_MODE_CLASS, system_pool

_ENFORCED: Final[dict[str, Any]] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {
        "name": "amazon-vpc-cni",
        "namespace": SYSTEM_NAMESPACE,
        "labels": dict(MANAGED_BY),
    },
    "data": {"enable-network-policy-controller": "true"},
}
"""Without it, network policies are accepted and not enforced (EKS user guide, auto-net-pol)."""


def auto_mode(scope: Construct, *, cluster: eks.ICluster) -> tuple[IDependable, ...]:
    """Network policies that are enforced, and nodes with the label that system pods ask for.

    The built-in pool for system pods neither has that label nor takes pods that do not tolerate its
    taint; it stays for AWS's add-ons.
    """
    return tuple(
        eks.KubernetesManifest(
            scope, construct_id, cluster=cluster, manifest=[manifest], overwrite=True
        )
        for construct_id, manifest in (
            ("NetworkPolicies", _ENFORCED),
            ("SystemNodes", system_pool(AUTO_MODE_CLASS)),
        )
    )
