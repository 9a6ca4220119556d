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

PolicyArn = Annotated[
    str,
    form(
        r"^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+$",
        "a policy such as arn:aws:iam::123456789012:policy/Boundary",
        longest=600,
    ),
]
FunctionArn = Annotated[
    str,
    form(
        r"^arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+$",
        "a function such as arn:aws:lambda:us-east-1:123456789012:function:pcluster-cfn-1",
        longest=300,
    ),
]
ResourcePrefix = Annotated[
    str,
    form(
        r"^((/[A-Za-z0-9_.,+@=-]+)+/[A-Za-z0-9_.,+@=-]*|[A-Za-z0-9_.,+@=-]+)$",
        "a path such as /parallelcluster/lab/, the beginning of a name such as lab-, or both",
        longest=512,
    ),
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

    permissions_boundary: Annotated[
        PolicyArn | None, Field(examples=["arn:aws:iam::123456789012:policy/Boundary"])
    ] = None
    """Managed policy that bounds what any role of the cluster may do, where an account asks for
    one. On `parallelcluster` the roles of AWS's provider have it only if `provider` names one."""

    resource_prefix: Annotated[
        ResourcePrefix | None, Field(examples=["/parallelcluster/lab/", "lab-"])
    ] = None
    """Path, beginning of the name, or both, of every IAM role and policy of a `parallelcluster`.
    Without `provider` a path lies below /parallelcluster/. A new one is a new cluster."""

    provider: Annotated[
        FunctionArn | None,
        Field(examples=["arn:aws:lambda:us-east-1:123456789012:function:pcluster-cfn-1"]),
    ] = None
    """Function that an administrator deployed from AWS's provider template of the same version of
    ParallelCluster, in the region of the cluster: its output ServiceToken. One serves many
    clusters. It cannot be changed later. Default: each cluster deploys its own."""

    @property
    def two_sided(self) -> bool:
        """Whether both platforms run side by side."""
        return self.platform == "hybrid"
