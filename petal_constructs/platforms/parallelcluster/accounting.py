"""The database of a cluster's job records, and who may connect to it."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from petal_constructs.constructs.acknowledge import acknowledge
from petal_constructs.constructs.database import PORT, USER, AccountingDatabase
from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.constructs.rotation import PasswordRotation
from petal_constructs.constructs.storage import Place
from petal_constructs.platforms.parallelcluster.accounting_config import DatabaseReferences


class Accounting(Construct):
    """A MariaDB on Amazon RDS that the head node alone may connect to.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`. Renaming it replaces the database.
        network: Where; RDS wants subnets in two Availability Zones.
        lasting_password: Why the password never changes. Default: it does, time and again.

    Attributes:
        database: The database.
        references: What the cluster configuration says of it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        network: ClusterNetwork,
        lasting_password: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        clients = ec2.CfnSecurityGroup(
            self,
            "Clients",
            group_description="Who may connect to the accounting database",
            vpc_id=network.vpc_id,
        )
        subnets = network.private_subnet_ids or network.public_subnet_ids
        place = Place(network.vpc_id, subnets, clients.attr_group_id)
        # ParallelCluster takes the secret's whole text for the password.
        self.database = AccountingDatabase(self, "Database", place=place, secret_is_password=True)
        if lasting_password is None:
            PasswordRotation(self, "Rotation", database=self.database)
        else:
            acknowledge(self.database, {"SMG4": lasting_password})
        self.references = DatabaseReferences(
            address=f"{self.database.host}:{PORT}",
            user=USER,
            secret_arn=self.database.secret_arn,
            security_group=clients.attr_group_id,
        )
