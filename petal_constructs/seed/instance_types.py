"""Instance types that a seed names, held against what the catalog knows."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import instance_types
from petal_constructs.errors import Problem
from petal_constructs.seed.model import Seed


def check_instance_types(seed: Seed) -> Iterator[Problem]:
    """An unknown type is an error; one that is withdrawn, or not seen in the region, a warning."""
    for path, name in _named(seed):
        yield from _instance_type(path, name, seed.cluster.region)


def _named(seed: Seed) -> Iterator[tuple[str, str]]:
    for path, part in seed.placed_parts:
        if part.head_node:
            yield f"{path}.head_node", part.head_node
        for index, pool in enumerate(part.login_nodes):
            yield f"{path}.login_nodes[{index}].instance_type", pool.instance_type
        for index, queue in enumerate(part.queues):
            for position, name in enumerate(queue.instance_types):
                yield f"{path}.queues[{index}].instance_types[{position}]", name


def _instance_type(path: str, name: str, region: str) -> Iterator[Problem]:
    gone = instance_types.withdrawn(name)
    if gone is not None:
        nearest = gone.successor
        hint = f"the nearest type of today is {nearest}" if nearest else "choose a type of today"
        message = f"{name} is no longer among AWS's instance types (as of {gone.as_of})"
        yield Problem("P206", path, message, hint, level="warning")
    elif instance_types.find(name) is None:
        near = instance_types.similar(name)
        hint = (
            f"did you mean {' or '.join(near)}?"
            if near
            else "write one that EC2 has, such as c5.4xlarge"
        )
        yield Problem("P205", path, f"no EC2 instance type is called {name}", hint)
    elif instance_types.offered_in(name, region) is False:
        message = f"{name} was not offered in {region} when petal's catalog was made"
        command = f"aws ec2 describe-instance-type-offerings --region {region}"
        hint = f"check with: {command} --filters Name=instance-type,Values={name}"
        yield Problem("P212", path, message, hint, level="warning")
