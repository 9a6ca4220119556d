"""`eks`: settings of the Kubernetes cluster below platform `pcs`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from petal_constructs.seed.base import RoleArn, Section, Written, form

KubernetesVersion = Annotated[
    str, form(r"^[0-9]+\.[0-9]+$", "a Kubernetes version such as 1.36", longest=20), Written()
]


class Eks(Section):
    """The Amazon EKS cluster below platform `pcs`; other platforms leave it aside."""

    version: Annotated[KubernetesVersion | None, Field(examples=["1.36"])] = None
    """Kubernetes version. Default: the newest that this version of petal was tried with."""

    managed_node_groups: bool = True
    """Run the system's pods on a managed node group."""

    karpenter: Literal[True, False, "auto-mode"] = True
    """What starts nodes for queues: Karpenter, managed node groups (`false`) or EKS Auto Mode."""

    admin_roles: tuple[RoleArn, ...] = ()
    """IAM roles that administer the cluster with kubectl. Default: none; the role that
    CloudFormation deploys with always may."""
