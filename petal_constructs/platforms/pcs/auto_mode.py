"""What petal adds to EKS Auto Mode before anything runs in it."""

from __future__ import annotations

from typing import Any, Final

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IDependable

from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.platforms.pcs.helm import ON_SYSTEM_NODES
from petal_constructs.platforms.pcs.names import SYSTEM_NAMESPACE

_SYSTEM_POOL: Final = "petal-system"
_ENFORCED: Final[dict[str, Any]] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "amazon-vpc-cni", "namespace": SYSTEM_NAMESPACE},
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
            ("SystemNodes", _system_pool()),
        )
    )


def _system_pool() -> dict[str, Any]:
    asked = {
        "node.kubernetes.io/instance-type": DEFAULTS.system_node.value,
        "karpenter.sh/capacity-type": "on-demand",
    }
    template = {
        "metadata": {"labels": dict(ON_SYSTEM_NODES)},
        "spec": {
            "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": "default"},
            "requirements": [
                {"key": key, "operator": "In", "values": [value]} for key, value in asked.items()
            ],
        },
    }
    # Slurm's controller is one pod: nodes that run something are not taken for a lower price.
    disruption = {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "5m"}
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": _SYSTEM_POOL},
        "spec": {"template": template, "disruption": disruption},
    }
