"""What becomes of data when a cluster is deleted: its end needs the seed and the deployer."""

from __future__ import annotations

from typing import Final, Protocol

import aws_cdk as cdk
from constructs import Construct

DESTROY: Final = "petal:destroy-data"
"""Key of the CDK context without which no data is deleted, whatever a seed says."""


class Data(Protocol):
    """What holds data of users."""

    @property
    def keep(self) -> bool:
        """Whether the seed keeps it when its stack is deleted."""


def may_destroy(scope: Construct) -> bool:
    """Whether the app's context allows to delete data that the seed does not keep."""
    return str(scope.node.try_get_context(DESTROY)).lower() == "true"


def removal_policy(scope: Construct, data: Data) -> cdk.RemovalPolicy:
    """What is kept survives everything but the failed creation that made it."""
    if data.keep or not may_destroy(scope):
        return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
    return cdk.RemovalPolicy.DESTROY
