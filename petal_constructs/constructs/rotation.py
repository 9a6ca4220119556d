"""A new password for the accounting database, time and again."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.constructs.database import AccountingDatabase

_TIMEOUT_S: Final = 300
"""RDS applies a password in about a minute; Secrets Manager tries again what takes longer."""
_RIGHTS: Final = {
    "secretsmanager": (
        "DescribeSecret",
        "GetSecretValue",
        "PutSecretValue",
        "UpdateSecretVersionStage",
    ),
    "rds": ("DescribeDBInstances", "ModifyDBInstance"),
    "logs": ("CreateLogStream", "PutLogEvents"),
}


class PasswordRotation(Construct):
    """A function that AWS Secrets Manager calls every so many days (`catalog/defaults.toml`).

    It sets the password through the API of RDS and needs no way into the network. Who uses the
    password must look for a new one.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        database: Its secret is the password and nothing else (`secret_is_password`).

    Attributes:
        function: The `AWS::Lambda::Function`.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, database: AccountingDatabase
    ) -> None:
        super().__init__(scope, construct_id)
        log = logs.CfnLogGroup(self, "Log", retention_in_days=DEFAULTS.function_log_days.value)
        log.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        self.function = self._function(self._role(database, log), database, log)
        allowed = lambda_.CfnPermission(
            self,
            "Caller",
            action="lambda:InvokeFunction",
            function_name=self.function.attr_arn,
            principal="secretsmanager.amazonaws.com",
            source_account=cdk.Stack.of(self).account,
        )
        schedule = secretsmanager.CfnRotationSchedule(
            self,
            "Schedule",
            secret_id=database.secret_arn,
            rotation_lambda_arn=self.function.attr_arn,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                automatically_after_days=DEFAULTS.password_days.value
            ),
            # Not while the cluster that reads it is being made.
            rotate_immediately_on_update=False,
        )
        schedule.add_dependency(allowed)
        schedule.add_dependency(database.resource)

    def _role(self, database: AccountingDatabase, log: logs.CfnLogGroup) -> iam.CfnRole:
        resources = {
            "secretsmanager": database.secret_arn,
            "rds": database.resource.attr_db_instance_arn,
            "logs": log.attr_arn,
        }
        statements = [
            _allow([f"{service}:{action}" for action in actions], resources[service])
            for service, actions in _RIGHTS.items()
        ]
        trusted = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "lambda.amazonaws.com"},
        }
        return iam.CfnRole(
            self,
            "Role",
            assume_role_policy_document={"Version": "2012-10-17", "Statement": [trusted]},
            policies=[
                iam.CfnRole.PolicyProperty(
                    policy_name="rotation",
                    policy_document={"Version": "2012-10-17", "Statement": statements},
                )
            ],
        )

    def _function(
        self, role: iam.CfnRole, database: AccountingDatabase, log: logs.CfnLogGroup
    ) -> lambda_.CfnFunction:
        return lambda_.CfnFunction(
            self,
            "Resource",
            description="Rotates the password of Slurm's accounting database",
            code=lambda_.CfnFunction.CodeProperty(zip_file=program()),
            handler="index.handler",
            runtime=DEFAULTS.function_runtime.value,
            role=role.attr_arn,
            timeout=_TIMEOUT_S,
            environment=lambda_.CfnFunction.EnvironmentProperty(
                variables={"PETAL_DATABASE": database.resource.ref}
            ),
            logging_config=lambda_.CfnFunction.LoggingConfigProperty(log_group=log.ref),
        )


@cache
def program() -> str:
    """The text of the function."""
    folder = files("petal_constructs").joinpath("templates", "rotation")
    return folder.joinpath("rotate.py").read_text("utf-8")


def _allow(actions: list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
