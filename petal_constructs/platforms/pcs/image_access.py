"""The right of the pods that provide software to images in Amazon ECR."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from petal_constructs.plan.pulled_images import pull_statements
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.pod_identity import (
    acknowledge_wildcards,
    associate_each,
    pod_role,
)
from petal_constructs.platforms.pcs.values import PcsPlan


class ImageAccess(Construct):
    """A role for the service account `petal-images` of each namespace; nothing without an image.

    It pulls what the seed names, and no more. Images that petal built need no such role: the
    kubelet pulls them with that of its node.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        plan: Images and namespaces.
        cluster_name: The EKS cluster, or a CDK token of its name.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, plan: PcsPlan, cluster_name: str
    ) -> None:
        super().__init__(scope, construct_id)
        statements = pull_statements(plan.software.pulled, cdk.Stack.of(self).partition)
        if not statements:
            return
        role = pod_role(self, "Resource", statements=statements)
        acknowledge_wildcards(self, statements, "a password for Amazon ECR knows no resource")
        associate_each(
            self,
            (c.namespace for c in plan.clusters if plan.within(c.namespace).software.in_ecr),
            cluster_name=cluster_name,
            service_account=names.IMAGES_ACCOUNT,
            role=role,
        )
