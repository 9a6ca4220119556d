"""The right of login and slurmd pods to the buckets that a seed mounts."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from petal_constructs.plan.bucket_access import mount_statements, packed
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.pod_identity import (
    acknowledge_wildcards,
    associate_each,
    pod_role,
)
from petal_constructs.platforms.pcs.values import PcsPlan


class BucketAccess(Construct):
    """A role for the service account of jobs in each namespace; nothing without a mount.

    All namespaces mount the same buckets, so they share the role, and one that comes or goes
    changes nothing else. Who asks stays visible: EKS tags each session with the namespace.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        plan: Buckets and namespaces.
        cluster_name: The EKS cluster, or a CDK token of its name.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, plan: PcsPlan, cluster_name: str
    ) -> None:
        super().__init__(scope, construct_id)
        if not plan.s3_mounts:
            return
        role = pod_role(self, "Resource")
        role.managed_policy_arns = self._policies(plan)
        associate_each(
            self,
            (cluster.namespace for cluster in plan.clusters),
            cluster_name=cluster_name,
            service_account=names.JOBS_ACCOUNT,
            role=role,
        )

    def _policies(self, plan: PcsPlan) -> list[str]:
        """ARNs of policies; more than one only where the text outgrows IAM's limit."""
        partition = cdk.Stack.of(self).partition
        statements = [s for mount in plan.s3_mounts for s in mount_statements(mount, partition)]
        reason = "objects in the buckets, and below the prefixes, that the seed mounts"
        acknowledge_wildcards(self, statements, reason)
        return [
            iam.CfnManagedPolicy(
                self,
                f"Policy{number}",
                description=f"Jobs of {plan.name}: the buckets that its seed mounts",
                policy_document={"Version": "2012-10-17", "Statement": group},
            ).ref
            for number, group in enumerate(packed(statements))
        ]
