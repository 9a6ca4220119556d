"""`queues[].scripts`: what a site does on nodes beside petal."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from petal_constructs.seed.base import Section, Written, form

ScriptUrl = Annotated[
    str,
    form(
        r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?)"
        r"(/[A-Za-z0-9_=@+-][A-Za-z0-9_.=@+-]*)+$",
        "an address such as s3://my-bucket/scripts/tune.sh or https://example.org/tune.sh",
        longest=1000,
    ),
]
ScriptArgument = Annotated[
    str,
    form(
        r"^[A-Za-z0-9_.,:=/@%+-]+$",
        "letters, digits and . , : = / @ % + _ -, without spaces and quotes",
        longest=500,
    ),
    Written(),
]


class QueueScript(Section):
    """A script that runs as root on each node of a queue. If it fails, the node is given up."""

    script: Annotated[ScriptUrl, Field(examples=["s3://my-bucket/scripts/tune.sh"])]
    """Where it lies: an object in S3, which petal lets the nodes read, or an HTTPS address. Nodes
    fetch it when they start: a changed file reaches new nodes alone."""

    args: Annotated[
        tuple[ScriptArgument, ...], Field(max_length=50, examples=[["--hugepages"]])
    ] = ()
    """Arguments, in order."""

    when: Literal["configured", "start"] = "configured"
    """`configured`: last of all, when users, folders and software are there. `start`: first of all,
    before ParallelCluster sets up the node."""
