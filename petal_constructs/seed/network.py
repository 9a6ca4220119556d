"""`network`: an existing VPC, and who may connect."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from petal_constructs.seed.base import Section, form
from petal_constructs.seed.near import block

SubnetId = Annotated[
    str, form(r"^subnet-([0-9a-f]{8}|[0-9a-f]{17})$", "an id such as subnet-0123456789abcdef0")
]
Cidr = Annotated[
    str,
    form(
        r"^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
        r"/(3[0-2]|[12]?[0-9])$",
        "an IPv4 block such as 192.0.2.0/24",
        near=block,
    ),
]


Zone = Annotated[
    str,
    form(r"^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", "an Availability Zone such as us-east-1b"),
]


class Network(Section):
    """The network to build in. Left out, petal makes a VPC over two Availability Zones."""

    vpc_id: Annotated[
        str | None,
        form(r"^vpc-([0-9a-f]{8}|[0-9a-f]{17})$", "an id such as vpc-0123456789abcdef0"),
    ] = None
    """Existing VPC. Default: a new one, with a NAT gateway for the private subnets."""

    zones: Annotated[
        tuple[Zone, ...], Field(max_length=3, examples=[["us-east-1b", "us-east-1c"]])
    ] = ()
    """Availability Zones of a new VPC. The head node stands in the first, and so do queues that
    name no others: choose one that offers their instance types. Default: the first two that the
    account sees in the region."""

    public_subnets: tuple[SubnetId, ...] = ()
    """Subnets of that VPC with a route to an internet gateway. The head node stands in the first;
    without any it stands in a private subnet and is reached from within the network."""

    private_subnets: tuple[SubnetId, ...] = ()
    """Subnets of that VPC for compute nodes, with a route out (NAT) or VPC endpoints: the first,
    and those that queues name. No two in one Availability Zone where petal makes an EFS file
    system."""

    ssh_from: Annotated[tuple[Cidr, ...], Field(examples=[["192.0.2.0/24"]])] = ()
    """IPv4 blocks that may connect with SSH, such as the campus network. Default: any address
    (keys are asked for either way), with a warning."""

    key_name: Annotated[
        str | None,
        form(r"^[A-Za-z0-9][A-Za-z0-9 _.@+-]*$", "the name of an EC2 key pair", longest=255),
    ] = None
    """EC2 key pair for the head node's default user. Default: none; users log in with their own
    keys, and administrators with AWS Systems Manager."""

    network_policy: Literal["vpc-cni", "calico"] = "vpc-cni"
    """What enforces network policies between pods on `pcs`."""
