"""Rules for the folders in which data appears."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from petal_constructs.errors import Problem
from petal_constructs.seed.model import Seed


def mount_points(seed: Seed) -> list[tuple[str, str]]:
    """Path in the seed and mount point, for everything that is mounted."""
    s3 = [(f"data.s3_mounts[{i}]", m.mount_point) for i, m in enumerate(seed.data.s3_mounts)]
    shared = [(f"data.shared[{i}]", m.mount_point) for i, m in enumerate(seed.data.shared)]
    return [(f"{path}.mount_point", folder) for path, folder in s3 + shared]


def check_mounts(seed: Seed) -> Iterator[Problem]:
    """Each mount point is its own folder, and none hides another."""
    mounts = mount_points(seed)
    owners = {folder: path for path, folder in reversed(mounts)}
    for path, folder in mounts:
        owner = owners[folder]
        if owner != path:
            message = f"{folder} is the folder of {owner} already"
            yield Problem("P204", path, message, "give each mount a folder of its own")
            continue
        for outer in map(str, PurePosixPath(folder).parents):
            if outer in owners:
                message = f"{folder} lies inside {outer}, the folder of {owners[outer]}"
                yield Problem("P204", path, message, f"choose a folder outside {outer}")


def check_buckets(seed: Seed) -> Iterator[Problem]:
    """What a pattern of S3's naming rules cannot say: no two dots together, no IPv4 address."""
    for index, mount in enumerate(seed.data.s3_mounts):
        name = mount.bucket
        if ".." in name or re.fullmatch(r"[0-9]+(\.[0-9]+){3}", name):
            kind = "holds two dots together" if ".." in name else "looks like an IP address"
            message = f"{name} {kind}, which no bucket's name does"
            hint = "write the name of an existing bucket"
            yield Problem("P105", f"data.s3_mounts[{index}].bucket", message, hint)


def check_repositories(seed: Seed) -> Iterator[Problem]:
    """Only a new FSx for Lustre follows a bucket, and only what it follows is written back."""
    for index, storage in enumerate(seed.data.shared):
        path = f"data.shared[{index}]"
        if storage.import_from and (storage.type != "fsx-lustre" or storage.id):
            message = "only a new FSx for Lustre shows a bucket's objects as files"
            hint = "remove it, or mount the bucket with data.s3_mounts"
            yield Problem("P216", f"{path}.import_from", message, hint)
        elif storage.export and not storage.import_from:
            message = "nothing says which bucket files are written to"
            hint = "add import_from: with the bucket, or remove export"
            yield Problem("P216", f"{path}.export", message, hint)


def inside(inner: str, outer: str) -> bool:
    """Whether a folder lies below another one."""
    return PurePosixPath(outer) in PurePosixPath(inner).parents
