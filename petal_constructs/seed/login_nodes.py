"""`compute.login_nodes`: machines to log in to, beside the head node."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from petal_constructs.seed.base import InstanceTypeName, QueueName, Section


class LoginPool(Section):
    """Equal login nodes behind one address: a load balancer sends each connection to one of them.

    They see the same homes, software and data as the other nodes, and submit jobs. They are billed
    all the time, and so is their load balancer.
    """

    name: Annotated[QueueName, Field(examples=["login"])]
    """Name of the pool."""

    instance_type: Annotated[InstanceTypeName, Field(examples=["m6i.large"])]
    """EC2 instance type of its nodes, of the head node's architecture."""

    count: Annotated[int, Field(ge=0, le=1000)] = 1
    """Nodes that run. 0 stops them and keeps the address."""

    gracetime_minutes: Annotated[int, Field(ge=3, le=120)] = 10
    """How long people who are logged in to a node may go on when it is to stop; they are told, and
    nobody else gets in."""
