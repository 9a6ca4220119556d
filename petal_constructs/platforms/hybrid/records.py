"""One database for the job records of both sides."""

from __future__ import annotations

import json
from typing import Final

from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from petal_constructs.constructs.acknowledge import acknowledge
from petal_constructs.constructs.database import USER
from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.platforms.parallelcluster.accounting import Accounting

_LASTING: Final = "slurmdbd's pod would not follow: its operator does not watch this password"


class Records(Construct):
    """A MariaDB on Amazon RDS where each side's slurmdbd has a database of its own.

    The password lies in two secrets, since ParallelCluster takes the whole text of one for it and
    the pods of pcs read a field; so each side may read its own secret alone.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`. Renaming it replaces the database.
        network: Where; RDS wants subnets in two Availability Zones.

    Attributes:
        accounting: The database, as ParallelCluster takes it.
        host: Its address, as a CDK token.
        secret_arn: Secret of the pods: a JSON object with `username` and `password`.
    """

    def __init__(self, scope: Construct, construct_id: str, *, network: ClusterNetwork) -> None:
        super().__init__(scope, construct_id)
        self.accounting = Accounting(self, "Accounting", network=network, lasting_password=_LASTING)
        database = self.accounting.database
        self.host = database.host
        # CloudFormation puts the password in while it deploys: the template holds its name alone.
        password = f"{{{{resolve:secretsmanager:{database.secret_arn}:SecretString}}}}"
        secret = secretsmanager.CfnSecret(
            self,
            "PodsPassword",
            description="Of Slurm's accounting database, for the pods of Slurm on EKS",
            secret_string=json.dumps({"username": USER, "password": password}),
        )
        acknowledge(secret, {"SMG4": _LASTING})
        self.secret_arn = secret.ref

    def let_in(self, scope: Construct, nodes_group_id: str) -> None:
        """Let the nodes of a security group connect; `scope` has the rule."""
        self.accounting.database.let_in(scope, nodes_group_id)
