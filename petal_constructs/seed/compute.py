"""`compute` and `platforms`: the head node and the queues."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from petal_constructs.seed.base import (
    AnyCase,
    InstanceTypeName,
    QueueName,
    Section,
    Written,
    form,
)
from petal_constructs.seed.cluster import TagKey, TagValue
from petal_constructs.seed.login_nodes import LoginPool
from petal_constructs.seed.near import slurm_time
from petal_constructs.seed.network import SubnetId, Zone
from petal_constructs.seed.queue_scripts import QueueScript

CapacityType = Annotated[
    Literal["ONDEMAND", "SPOT", "CAPACITY_BLOCK"],
    AnyCase(str.upper),
]
AllocationStrategy = Annotated[
    Literal[
        "lowest-price",
        "capacity-optimized",
        "price-capacity-optimized",
        "prioritized",
        "capacity-optimized-prioritized",
    ],
    AnyCase(str.lower),
]
ContainerRef = Annotated[
    str,
    form(
        r"^[a-z0-9][a-zA-Z0-9._:/@-]*$",
        "the name of an entry of software.containers, or an image such as quay.io/lab/tools:1.0",
        longest=300,
    ),
]

_ENDLESS = "[iI][nN][fF][iI][nN][iI][tT][eE]|[uU][nN][lL][iI][mM][iI][tT][eE][dD]"

SlurmTime = Annotated[
    str,
    form(
        r"^([0-9]+|[0-9]+:[0-5][0-9]:[0-5][0-9]|[0-9]+-[0-9]+(:[0-5][0-9]){0,2}"
        rf"|{_ENDLESS})$",
        "a Slurm time: minutes, hours:minutes:seconds, days-hours or infinite",
        longest=20,
        near=slurm_time,
    ),
    AfterValidator(lambda text: text if text[0].isdigit() else "infinite"),
    Written(),
]

CapacityReservation = Annotated[
    str,
    form(
        r"^(cr-([0-9a-f]{8}|[0-9a-f]{17})"
        r"|arn:aws[a-z-]*:resource-groups:[a-z0-9-]+:[0-9]{12}:group/[A-Za-z0-9._-]{1,300})$",
        "a reservation such as cr-0123456789abcdef0, or the ARN of a resource group of them",
    ),
]


class Queue(Section):
    """What users submit to: a Slurm partition and the nodes behind it."""

    name: Annotated[QueueName, Field(examples=["compute"])]
    """Name of the queue and of its Slurm partition: `sbatch -p <name>`."""

    instance_types: Annotated[
        tuple[InstanceTypeName, ...], Field(min_length=1, examples=[["c5.4xlarge"]])
    ]
    """EC2 instance types that the queue may start, most wanted first. Types of equal vCPUs, GPUs
    and architecture form one group that is started as capacity allows; other sizes may stand
    beside them."""

    min_count: Annotated[int, Field(ge=0, le=1000)] = 0
    """Nodes kept running while the queue is empty. With 0 an idle queue costs nothing."""

    max_count: Annotated[int, Field(ge=0, le=1000)] = 10
    """Most nodes that the queue may run at once, over all its instance types. 0 switches it off."""

    capacity_type: CapacityType = "ONDEMAND"
    """How nodes are paid for: `ONDEMAND`, `SPOT` (cheaper, may be taken back by AWS at two minutes'
    notice) or `CAPACITY_BLOCK` (GPU time that is reserved and paid for in advance; it needs
    `capacity_reservation`, and `min_count` equal to `max_count`). Upper or lower case."""

    capacity_reservation: Annotated[
        CapacityReservation | None, Field(examples=["cr-0123456789abcdef0"])
    ] = None
    """Capacity of yours that nodes start in: the id of an on-demand reservation or Capacity Block,
    for one instance type, in the zone of the queue; or the ARN of a resource group of on-demand
    reservations, which AWS uses first and then starts nodes outside of them. Default: none."""

    allocation_strategy: AllocationStrategy | None = None
    """How AWS picks among the types of a group: `lowest-price` or `prioritized` for on-demand;
    `lowest-price`, `capacity-optimized`, `price-capacity-optimized` or
    `capacity-optimized-prioritized` for spot. Default: `lowest-price` for on-demand,
    `price-capacity-optimized` for spot."""

    containers: tuple[ContainerRef, ...] = ()
    """Containers that jobs of this queue use, by their names in `software.containers`: their
    modules see these and no others. Default: all of them."""

    containers_mode: Literal["modules", "whole-job"] = "modules"
    """How jobs use them: `modules`, or on `pcs` `whole-job`, where batch scripts run in the first
    of `containers` from their first line on, unless they name an image themselves. Such a script
    has neither `srun` nor `module`, and the image must lie in a registry without a login."""

    slurmd_image: Annotated[
        str | None,
        form(r"^[a-z0-9]+([._-][a-z0-9]+)*$", "the name of an entry of software.containers"),
        Field(examples=["bioinformatics"]),
    ] = None
    """For experts, on `pcs`: a container of `software.containers` with packages that the pods of
    this queue run in place of Slurm's own image. petal builds it on that, so jobs have its software
    as part of their system; no other queue and no login node sees it. A new release of Slurm wants
    it built anew: until it is pushed, pods run Slurm's own image. Default: Slurm's own."""

    efa: bool = False
    """Elastic Fabric Adapter, for MPI jobs over several nodes; every type of the queue must have
    it."""

    placement_group: bool | None = None
    """Nodes close together, for low latency. Default: on where `efa` is on, and off with a
    `capacity_reservation`, which has its place already."""

    subnets: Annotated[tuple[SubnetId, ...], Field(examples=[["subnet-0123456789abcdef0"]])] = ()
    """Which of `network.private_subnets` the nodes stand in; several must lie in different zones,
    and AWS then takes the zone that has capacity. Default: the first."""

    zones: Annotated[tuple[Zone, ...], Field(max_length=3, examples=[["us-east-1b"]])] = ()
    """The same for a new VPC: which of `network.zones`. Nodes of other zones reach the head node
    and shared folders across zones, which is slower and costs money. Default: the first."""

    max_time: Annotated[SlurmTime | None, Field(examples=["2-00:00:00"])] = None
    """Longest time that a job may run, as Slurm writes times: `90` is minutes. Default: no
    limit."""

    default: bool = False
    """Jobs that name no queue come here. Default: the first queue of the seed."""

    scripts: Annotated[tuple[QueueScript, ...], Field(max_length=10)] = ()
    """Scripts of yours that run on each node of the queue when it starts, in this order."""

    tags: Annotated[dict[TagKey, TagValue], Field(examples=[{"grant": "nsf-1234"}])] = {}
    """Tags on the nodes of this queue and their disks, beside `cluster.tags`, which they
    override."""

    gpu_health_check: bool = False
    """Test the GPUs of a node before each job with NVIDIA's DCGM, which takes up to a few minutes.
    A node that fails is replaced, and its job waits for another one."""


class Compute(Section):
    """The head node and the queues."""

    head_node: Annotated[InstanceTypeName | None, Field(examples=["t3.xlarge"])] = None
    """EC2 instance type of the head node, which runs Slurm's controller, logins and shared homes.
    Needed on `parallelcluster`; `pcs` has no head node and leaves it aside."""

    queues: Annotated[tuple[Queue, ...], Field(min_length=1)]
    """The queues, in the order in which users see them."""

    login_nodes: tuple[LoginPool, ...] = ()
    """Machines to log in to, so that nobody works on the head node; for `parallelcluster`. `pcs`
    has a login pod and leaves them aside. Default: none, people log in to the head node."""


class Platforms(Section):
    """The two sides of a hybrid cluster, each with queues of its own."""

    parallelcluster: Compute
    """The side that runs AWS ParallelCluster: its head node and queues."""

    pcs: Compute
    """The side that runs Slurm on Amazon EKS: its queues."""
