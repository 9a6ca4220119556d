"""What nodes may do with buckets, as IAM statements packed into few policies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from petal_constructs.plan.values import S3Mount

Statement = dict[str, Any]

POLICY_CHARACTERS: Final = 5_800
"""A managed policy holds more (catalog/iam.toml); the rest is for the frame and for tokens, which
are longer once resolved."""

READ: Final = ("s3:GetObject",)
WRITE: Final = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject")


def mount_statements(mount: S3Mount, partition: str) -> list[Statement]:
    """Least rights for Mountpoint: list below the prefix, read there, and write if asked.

    Source: Mountpoint for Amazon S3, CONFIGURATION.md, IAM permissions.
    """
    bucket = f"arn:{partition}:s3:::{mount.bucket}"
    listing: Statement = {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [bucket]}
    if mount.prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": [mount.prefix, f"{mount.prefix}*"]}}
    actions = READ if mount.read_only else READ + WRITE
    objects: Statement = {
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": [f"{bucket}/{mount.prefix}*"],
    }
    return [listing, objects]


def file_statements(bucket_arn: str, prefix: str) -> list[Statement]:
    """List and read below a prefix without its final slash, for `aws s3 sync`."""
    below = {"StringLike": {"s3:prefix": [prefix, f"{prefix}/*"]}}
    listing = {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [bucket_arn]}
    objects = [f"{bucket_arn}/{prefix}/*"]
    return [
        listing | {"Condition": below},
        {"Effect": "Allow", "Action": list(READ), "Resource": objects},
    ]


def object_statements(urls: Iterable[str], partition: str) -> list[Statement]:
    """Read each of these objects of S3, and no other."""
    keys = [url.removeprefix("s3://") for url in urls]
    return [
        {"Effect": "Allow", "Action": list(READ), "Resource": [f"arn:{partition}:s3:::{key}"]}
        for key in keys
    ]


def read_only(url: str | None) -> list[S3Mount]:
    """Where an s3:// URL lies, as if it were mounted for reading; nothing for other URLs."""
    if url is None or not url.startswith("s3://"):
        return []
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    return [S3Mount(bucket, "", f"{prefix}/" if prefix else "", read_only=True)]


def packed(statements: Sequence[Statement]) -> list[list[Statement]]:
    """The statements in as few policies as they fit into, in their order."""
    policies: list[list[Statement]] = []
    room = 0
    for statement in statements:
        size = len(json.dumps(statement, separators=(",", ":"))) + 1
        if size > room:
            policies.append([])
            room = POLICY_CHARACTERS
        policies[-1].append(statement)
        room -= size
    return policies
