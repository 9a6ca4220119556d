"""What becomes of data when a cluster is deleted: its end needs the seed and the deployer."""

from __future__ import annotations

from typing import Final

import aws_cdk as cdk
from constructs import Construct

from petal_constructs.plan.values import SharedFolder

DESTROY: Final = "petal:destroy-data"
"""Key of the CDK context without which no data is deleted, whatever a seed says."""


def may_destroy(scope: Construct) -> bool:
    """Whether the app's context allows to delete data that the seed does not keep."""
    return str(scope.node.try_get_context(DESTROY)).lower() == "true"


def removal_policy(scope: Construct, folder: SharedFolder) -> cdk.RemovalPolicy:
    """What is kept survives everything but the failed creation that made it."""
    if folder.keep or not may_destroy(scope):
        return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
    return cdk.RemovalPolicy.DESTROY
