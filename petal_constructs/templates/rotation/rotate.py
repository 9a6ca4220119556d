"""Gives the accounting database a new password, in the four steps of AWS Secrets Manager.

Runs in AWS Lambda. The secret is the password and nothing else. RDS itself sets it, as that of the
master user, so nothing here connects to the database. Secrets Manager calls each step at least
once, and begins anew when one fails: none does twice what is done.

Sources: AWS Secrets Manager User Guide, "Rotation by Lambda function"; Amazon RDS API Reference,
ModifyDBInstance (MasterUserPassword: applied as soon as possible, pending until then), 2026-11-22.
"""

from __future__ import annotations

import os
import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3

LETTERS = string.ascii_letters + string.digits  # slurmdbd.conf has it without quotes
PAUSE_S = 5
SPARE_MS = 10_000
"""Of the function's time, what is left for saying that it was not enough."""


def handler(event: dict[str, str], context: Any) -> None:
    """One step. The password is neither printed nor returned."""
    rotation = Rotation(
        event["SecretId"],
        event["ClientRequestToken"],
        os.environ["PETAL_DATABASE"],
        boto3.client("secretsmanager"),
        boto3.client("rds"),
        context.get_remaining_time_in_millis,
    )
    steps = {
        "createSecret": rotation.create,
        "setSecret": rotation.set,
        "testSecret": rotation.settle,
        "finishSecret": rotation.finish,
    }
    if not rotation.is_over():
        steps[event["Step"]]()


@dataclass(frozen=True, slots=True)
class Rotation:
    """From the current password to the next one."""

    secret: str
    token: str
    """Id of the secret's version that holds the next password."""
    database: str
    vault: Any
    rds: Any
    remaining_ms: Callable[[], int]

    def is_over(self) -> bool:
        """Whether the next password is the current one already."""
        return "AWSCURRENT" in self._stages().get(self.token, ())

    def create(self) -> None:
        """The next password waits beside the current one."""
        try:
            self._next()
        except self.vault.exceptions.ResourceNotFoundException:
            now = self.vault.get_secret_value(SecretId=self.secret, VersionStage="AWSCURRENT")
            self.vault.put_secret_value(
                SecretId=self.secret,
                ClientRequestToken=self.token,
                SecretString="".join(secrets.choice(LETTERS) for _ in now["SecretString"]),
                VersionStages=["AWSPENDING"],
            )

    def set(self) -> None:
        """The database takes it; RDS refuses while an earlier change is under way."""
        self.settle()
        self.rds.modify_db_instance(
            DBInstanceIdentifier=self.database,
            MasterUserPassword=self._next(),
            ApplyImmediately=True,
        )

    def settle(self) -> None:
        """Wait until RDS has applied what it was told. This is also the test of a new password.

        Secrets Manager calls the test alone, without the steps before, when rotation is set up.
        """
        while not self._is_settled():
            if self.remaining_ms() < SPARE_MS:
                msg = f"{self.database} is still being changed"
                raise TimeoutError(msg)
            time.sleep(PAUSE_S)

    def finish(self) -> None:
        """The next password is the current one; the one before stays as AWSPREVIOUS."""
        stages = self._stages().items()
        self.vault.update_secret_version_stage(
            SecretId=self.secret,
            VersionStage="AWSCURRENT",
            MoveToVersionId=self.token,
            RemoveFromVersionId=next(v for v, names in stages if "AWSCURRENT" in names),
        )

    def _stages(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = self.vault.describe_secret(SecretId=self.secret)[
            "VersionIdsToStages"
        ]
        return found

    def _next(self) -> str:
        found = self.vault.get_secret_value(
            SecretId=self.secret, VersionId=self.token, VersionStage="AWSPENDING"
        )
        return str(found["SecretString"])

    def _is_settled(self) -> bool:
        answer = self.rds.describe_db_instances(DBInstanceIdentifier=self.database)
        [database] = answer["DBInstances"]
        pending = "MasterUserPassword" in database.get("PendingModifiedValues", {})
        return database["DBInstanceStatus"] == "available" and not pending
