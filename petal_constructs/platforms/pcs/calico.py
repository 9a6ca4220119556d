"""Calico as enforcer of network policies, beside the VPC CNI that gives pods their addresses."""

from __future__ import annotations

from typing import Any, Final

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IDependable

from petal_constructs.platforms.pcs.helm import install_chart

_POLICY_ONLY: Final[dict[str, Any]] = {
    "installation": {
        "kubernetesProvider": "EKS",
        "cni": {"type": "AmazonVPC"},
        "calicoNetwork": {"bgp": "Disabled"},
    },
    # Kubernetes' own network policies need none of these.
    "apiServer": {"enabled": False},
    "goldmane": {"enabled": False},
    "whisker": {"enabled": False},
}
"""Source: Calico's documentation, "Amazon Elastic Kubernetes Service", Amazon VPC networking."""


def calico(
    scope: Construct, *, cluster: eks.ICluster, after: tuple[IDependable, ...]
) -> IDependable:
    """Its operator, told to enforce policies and nothing else."""
    crds = install_chart(
        scope, "CalicoCrds", cluster=cluster, name="crd.projectcalico.org.v1", after=after
    )
    return install_chart(
        scope,
        "Calico",
        cluster=cluster,
        name="tigera-operator",
        values=_POLICY_ONLY,
        after=(crds,),
        wait=True,
    )
