"""The database for job records of a plan's Slurm clusters, and who may read its password."""

from __future__ import annotations

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
    access = PasswordAccess(
        scope,
        "DatabaseAccess",
        plan=plan,
        cluster_name=cluster.cluster_name,
        secret_arn=database.secret_arn,
    )
    # A pod gets its rights when it is made, or never: manifests name the host, so they come later.
    database.resource.node.add_dependency(access)
    return Database(database.host, database.secret_arn)


class PasswordAccess(Construct):
    """The right of the pods of `charts/database.py` to read one secret of AWS Secrets Manager.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        plan: Namespaces.
        cluster_name: The EKS cluster, or a CDK token of its name.
        secret_arn: What may be read.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: PcsPlan,
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
            (cluster.namespace for cluster in plan.clusters if cluster.accounting),
            cluster_name=cluster_name,
            service_account=names.DATABASE_ACCOUNT,
            role=role,
        )
