"""The database that Slurm keeps its job records in."""

from __future__ import annotations

from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from petal_constructs.catalog import kubernetes
from petal_constructs.constructs.acknowledge import acknowledge
from petal_constructs.constructs.storage import Place, let_in, security_group

USER: Final = "slurm"
"""Who slurmdbd is in the database; it makes its own databases there."""

PORT: Final = 3306
_BACKUP_DAYS: Final = 7
_JSON: Final[dict[str, Any]] = {
    "secret_string_template": f'{{"username":"{USER}"}}',
    "generate_string_key": "password",
}
_PLAIN: Final[dict[str, Any]] = {}
_PASSWORD_LENGTH: Final = 32
"""MariaDB on RDS takes at most 41 characters."""
_REASONS: Final = {
    "RDS3": "records that can wait: slurmctld keeps what it has to tell while the database is away",
    "RDS6": "slurmdbd logs in with a password only",
    "RDS10": "deletion takes a last snapshot; a seed that asks for the end gets it",
    "RDS11": "the security group lets the nodes alone in; another port would hide nothing",
}


class AccountingDatabase(Construct):
    """A MariaDB on Amazon RDS in private subnets, with a generated password.

    It is encrypted, backed up for a week, billed from the start, and leaves a last snapshot when it
    is deleted. Several Slurm clusters may share it: each has databases of its own.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`. Renaming it replaces the database.
        place: Where, and which nodes may connect; RDS wants subnets in two Availability Zones.
        secret_is_password: Whether the secret is the password alone, which `PasswordRotation` then
            changes. Default: it is a JSON object.

    Attributes:
        resource: The `AWS::RDS::DBInstance`.
        host: Its address, as a CDK token.
        secret_arn: ARN of the password in AWS Secrets Manager; of a JSON object with `username` and
            `password` unless `secret_is_password`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        place: Place,
        secret_is_password: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self.secret_arn = self._secret(_PLAIN if secret_is_password else _JSON).ref
        key = "" if secret_is_password else ":password"
        # CloudFormation puts the password in while it deploys: the template holds its name alone.
        password = f"{{{{resolve:secretsmanager:{self.secret_arn}:SecretString{key}}}}}"
        group = security_group(self, "MariaDB from the nodes", place)
        self._group = group
        self.let_in(self, place.nodes_group_id)
        self.resource = rds.CfnDBInstance(
            self,
            "Resource",
            **self._engine(),
            **self._access(place, group.attr_group_id),
            master_username=USER,
            master_user_password=password,
            storage_encrypted=True,
            storage_type="gp3",
            multi_az=False,
            backup_retention_period=_BACKUP_DAYS,
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
        )
        self.resource.apply_removal_policy(cdk.RemovalPolicy.SNAPSHOT)
        acknowledge(self.resource, _REASONS)
        self.host = self.resource.attr_endpoint_address

    def let_in(self, scope: Construct, nodes_group_id: str) -> None:
        """Let the nodes of a security group connect; `scope` has the rule."""
        let_in(scope, "Nodes", (PORT, PORT), to=self._group, source=nodes_group_id)

    def _secret(self, form: dict[str, Any]) -> secretsmanager.CfnSecret:
        # Letters and digits alone: the password will stand unquoted in slurmdbd.conf.
        generated = secretsmanager.CfnSecret.GenerateSecretStringProperty(
            **form,
            password_length=_PASSWORD_LENGTH,
            exclude_punctuation=True,
        )
        secret = secretsmanager.CfnSecret(
            self,
            "Password",
            description="Of Slurm's accounting database",
            generate_secret_string=generated,
        )
        if form is _JSON:
            reason = "slurmdbd's pod would not follow: its operator does not watch this password"
            acknowledge(secret, {"SMG4": reason})
        return secret

    def _engine(self) -> dict[str, Any]:
        facts = kubernetes.FACTS.database
        parameters = rds.CfnDBParameterGroup(
            self,
            "Parameters",
            description="What slurmdbd asks of its database",
            family=f"mariadb{facts.mariadb_major}",
            parameters=dict(facts.parameters),
        )
        return {
            "engine": "mariadb",
            "engine_version": facts.mariadb,
            "db_instance_class": f"db.{facts.instance_type}",
            "allocated_storage": str(facts.storage_gib),
            "db_parameter_group_name": parameters.ref,
        }

    def _access(self, place: Place, group_id: str) -> dict[str, Any]:
        subnets = rds.CfnDBSubnetGroup(
            self,
            "Subnets",
            db_subnet_group_description="Private subnets of the nodes",
            subnet_ids=list(place.subnet_ids),
        )
        return {
            "db_subnet_group_name": subnets.ref,
            "vpc_security_groups": [group_id],
            "publicly_accessible": False,
        }
