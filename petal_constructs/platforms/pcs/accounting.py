"""The database for job records of a plan's Slurm clusters, and who may read secrets of AWS."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from petal_constructs.constructs.database import AccountingDatabase
from petal_constructs.constructs.storage import Place
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.manifests import Database
from petal_constructs.platforms.pcs.pod_identity import associate_each, pod_role
from petal_constructs.platforms.pcs.values import PcsPlan


def accounting_database(
    scope: Construct, *, plan: PcsPlan, place: Place, cluster: eks.ICluster
) -> Database:
    """One database for all Slurm clusters of a plan that keep records."""
    database = AccountingDatabase(scope, "Database", place=place)
    access = SecretAccess(
        scope,
        "DatabaseAccess",
        service_account=names.DATABASE_ACCOUNT,
        namespaces=[slurm.namespace for slurm in plan.clusters if slurm.accounting],
        cluster_name=cluster.cluster_name,
        secret_arn=database.secret_arn,
    )
    # A pod gets its rights when it is made, or never: manifests name the host, so they come later.
    database.resource.node.add_dependency(access)
    return Database(database.host, database.secret_arn)


class SecretAccess(Construct):
    """The right of the pods of `charts/copied_secrets.py` to read one secret of AWS.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        service_account: What the pods run as.
        namespaces: Where they are.
        cluster_name: The EKS cluster, or a CDK token of its name.
        secret_arn: What may be read, in AWS Secrets Manager.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service_account: str,
        namespaces: Sequence[str],
        cluster_name: str,
        secret_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        allowed = {
            "Effect": "Allow",
            "Action": "secretsmanager:GetSecretValue",
            "Resource": secret_arn,
        }
        role = pod_role(self, "Resource", statements=[allowed])
        associate_each(
            self,
            namespaces,
            cluster_name=cluster_name,
            service_account=service_account,
            role=role,
        )
