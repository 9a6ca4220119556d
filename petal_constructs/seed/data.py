"""`data`: folders that every node sees."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from petal_constructs.seed.base import MountPoint, QueueName, Section, form
from petal_constructs.seed.near import bucket


class S3Mount(Section):
    """A bucket as a folder, by Mountpoint for Amazon S3."""

    bucket: Annotated[
        str,
        form(
            r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
            "an S3 bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens",
            near=bucket,
        ),
        Field(examples=["my-data"]),
    ]
    """Existing bucket. petal neither makes nor deletes it."""

    mount_point: Annotated[MountPoint, Field(examples=["/shared/data"])]
    """Folder in which the bucket appears."""

    prefix: Annotated[
        str | None,
        form(
            r"^[A-Za-z0-9_=+-][A-Za-z0-9_.=+-]*(/[A-Za-z0-9_=+-][A-Za-z0-9_.=+-]*)*/?$",
            "the first part of object keys, such as projects/2026",
            longest=500,
        ),
    ] = None
    """Only this part of the bucket is shown and allowed. Default: all of it."""

    read_only: bool = False
    """Nobody may write through the mount, and the nodes get no right to."""


class SharedStorage(Section):
    """A file system that every node mounts."""

    name: Annotated[QueueName, Field(examples=["scratch"])]
    """Name of the file system."""

    type: Annotated[
        Literal["efs", "fsx-lustre", "ebs", "fsx-ontap", "fsx-openzfs"], Field(examples=["efs"])
    ]
    """Kind of storage."""

    mount_point: Annotated[MountPoint, Field(examples=["/scratch"])]
    """Folder in which it appears."""

    size_gib: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    """Size in GiB, for kinds that have one."""

    id: Annotated[
        str | None,
        form(r"^(fs|fsvol|vol)-[0-9a-f]{8,17}$", "an id such as fs-0123456789abcdef0"),
    ] = None
    """Existing file system or volume to mount. Default: a new one."""

    keep: bool = True
    """Keep the data when the cluster is deleted. Where it is false, a new file system goes with the
    cluster, if that was last deployed with `--destroy-data`; else it is kept all the same."""

    import_from: Annotated[
        str | None,
        form(
            r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9_=+-][A-Za-z0-9_.=+-]*)*/?$",
            "a bucket, or a part of one, such as s3://my-data/projects",
            longest=600,
        ),
        Field(examples=["s3://my-data/projects"]),
    ] = None
    """Bucket of the cluster's region whose objects appear as files in a new FSx for Lustre. They
    are read when first used; what changes in the bucket changes there. Default: an empty one."""

    export: bool = False
    """Write new and changed files back to the bucket of `import_from`. Deleted files stay there."""


class Data(Section):
    """Data that every node sees."""

    s3_mounts: tuple[S3Mount, ...] = ()
    """S3 buckets that appear as folders. Good for reading and writing whole files; no appending,
    renaming or locking."""

    shared: tuple[SharedStorage, ...] = ()
    """Shared file systems."""
