"""`cluster`: the name, the place and the platform."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from petal_constructs.seed.base import Section, Written, form
from petal_constructs.seed.near import zone_of_a_region

PlatformName = Literal["parallelcluster", "pcs", "hybrid", "auto"]
PLATFORM_NAMES: Final[tuple[str, ...]] = get_args(PlatformName)

TagKey = Annotated[
    str,
    form(
        r"^[A-Za-z0-9 _.:/=+@-]+$",
        "letters, digits, spaces and . : / = + - @ _, as AWS allows in tags",
        longest=128,
    ),
]
TagValue = Annotated[
    str,
    form(
        r"^[A-Za-z0-9 _.:/=+@-]*$",
        "letters, digits, spaces and . : / = + - @ _, as AWS allows in tags",
        longest=256,
    ),
    Written(),
]

SlurmKey = Annotated[
    str,
    form(r"^[A-Za-z][A-Za-z0-9]*$", "a parameter of slurm.conf such as PriorityType", longest=64),
]
SlurmValue = Annotated[
    str,
    form(
        r"^[A-Za-z0-9_.,:;=/@%+*()|&\[\]-]+$",
        "a value without spaces, quotes and #, as slurm.conf takes it",
        longest=1000,
    ),
    Written(),
]


class Cluster(Section):
    """The cluster as a whole."""

    name: Annotated[
        str,
        form(
            r"^[a-zA-Z][a-zA-Z0-9-]{0,59}$",
            "letters, digits and hyphens, starting with a letter, at most 60",
        ),
        Field(examples=["genomics"]),
    ]
    """Name of the cluster. It names AWS resources, so a new name is a new cluster."""

    region: Annotated[
        str,
        form(
            r"^[a-z]{2}(-[a-z]+)+-[0-9]$", "an AWS region such as us-east-1", near=zone_of_a_region
        ),
        Field(examples=["us-east-1"]),
    ]
    """AWS region to build in; `AWS_REGION` or `AWS_DEFAULT_REGION` may give it instead."""

    platform: PlatformName = "parallelcluster"
    """What runs the jobs: `parallelcluster` (AWS ParallelCluster on EC2), `pcs` (Slurm on Amazon
    EKS; `eks` is a synonym), `hybrid` (both in one network) or `auto` (petal chooses).
    `cluster.type` is an older spelling of the same key."""

    os: Annotated[
        str | None,
        form(r"^[a-z][a-z0-9]*$", "an operating system such as alinux2023"),
        Field(examples=["alinux2023", "ubuntu2404"]),
    ] = None
    """Operating system of ParallelCluster's nodes. Default: Amazon Linux 2023."""

    tags: Annotated[dict[TagKey, TagValue], Field(examples=[{"project": "genomics"}])] = {}
    """Tags on everything that petal makes, for cost reports and access rules."""

    custom_ami: Annotated[
        str | None,
        form(r"^ami-([0-9a-f]{8}|[0-9a-f]{17})$", "an image such as ami-0123456789abcdef0"),
        Field(examples=["ami-0123456789abcdef0"]),
    ] = None
    """Image of all nodes of `parallelcluster`, made by `pcluster build-image` of the same version
    from the system that `os` names. Default: the image that AWS publishes. A new one is a new
    cluster."""

    slurm_settings: Annotated[
        dict[SlurmKey, SlurmValue], Field(examples=[{"PriorityType": "priority/multifactor"}])
    ] = {}
    """Lines of slurm.conf, as Slurm spells them, beside those that ParallelCluster writes."""

    @property
    def two_sided(self) -> bool:
        """Whether both platforms run side by side."""
        return self.platform == "hybrid"
