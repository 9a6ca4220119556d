"""`tenants`: groups of users kept apart from one another."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from petal_constructs.seed.base import QueueName, RoleArn, Section, UserName, Written, form

Quantity = Annotated[
    str,
    form(r"^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|K|M|G|T)?B?$", "a size such as 512Gi", longest=20),
    Written(),
]


class Quota(Section):
    """The most that a tenant may use at once. What is left out has no limit."""

    cpus: Annotated[int | None, Field(ge=0)] = None
    """vCPUs."""

    memory: Quantity | None = None
    """Memory, such as `512Gi`."""

    gpus: Annotated[int | None, Field(ge=0)] = None
    """GPUs."""

    nodes: Annotated[int | None, Field(ge=0)] = None
    """Nodes."""

    storage: Quantity | None = None
    """Storage, such as `2Ti`."""


class Tenant(Section):
    """A group of users with its own quota and Slurm account."""

    name: Annotated[QueueName, Field(examples=["chemistry"])]
    """Name of the tenant, its Slurm account and its namespace."""

    users: tuple[UserName, ...] = ()
    """Names of its users, from `users`."""

    queues: tuple[QueueName, ...] = ()
    """Queues that it may submit to. Default: all."""

    isolation: Literal["shared", "dedicated"] = "shared"
    """`shared`: one Slurm for all, whose limits bind; `dedicated`: a namespace, Slurm and nodes of
    its own."""

    quota: Annotated[Quota, Field(examples=[{"cpus": 256, "memory": "512Gi"}])] = Quota()
    """The most that it may use at once."""

    iam_roles: tuple[RoleArn, ...] = ()
    """IAM roles that may look into its namespace on `pcs`, without changing anything."""
