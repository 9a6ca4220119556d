"""Rights in Amazon ECR, as IAM statements.

Source: Amazon ECR user guide, "Private repository policies" and "IAM permissions required to sync
an upstream registry", 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from petal_constructs.plan.bucket_access import Statement

PULL: Final = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
)
PUSH: Final = (
    *PULL,
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
IMPORT: Final = ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository")
"""What the first pull through a cache does besides."""


def login() -> Statement:
    """Ask for a password; it knows no resources."""
    return {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": ["*"]}


def allow(actions: Iterable[str], arns: Iterable[str]) -> list[Statement]:
    """One statement, or none where there is nothing to allow it on."""
    on = list(arns)
    return [{"Effect": "Allow", "Action": list(actions), "Resource": on}] if on else []


def repository_arn(partition: str, region: str, account: str, name: str) -> str:
    """A repository, or with `*` several."""
    return f"arn:{partition}:ecr:{region}:{account}:repository/{name}"
