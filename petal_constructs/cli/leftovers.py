"""What a stack leaves behind when it goes: what CloudFormation kept, and how to remove that."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from petal_constructs.catalog.resources import resources
from petal_constructs.cli.progress import called
from petal_constructs.cli.stack_events import StackEvent


@dataclass(frozen=True, slots=True)
class Leftover:
    """One resource that outlives its stack.

    Attributes:
        what: In words, with its name in the template.
        type: Type of the resource, e.g. `AWS::EFS::FileSystem`.
        id: What AWS calls it.
        remove: Command that deletes it for good; empty if petal knows none.
    """

    what: str
    type: str
    id: str
    remove: str


def leftovers(events: Sequence[StackEvent], region: str) -> tuple[Leftover, ...]:
    """What CloudFormation says that it kept.

    Args:
        events: Of all stacks that take part.
        region: AWS region.
    """
    kept = {e.physical_id: e for e in events if e.status == "DELETE_SKIPPED" and not e.of_stack}
    return tuple(
        Leftover(called(event), event.kind, name, _remove(event, region))
        for name, event in kept.items()
    )


def told(left: Iterable[Leftover], kept: Iterable[str], region: str) -> Iterator[str]:
    """Lines that say what is left, and how to find and remove it.

    Args:
        left: What has an id.
        kept: What the platform says it keeps, with the tag that finds it, if it has one.
        region: AWS region.
    """
    for one in left:
        yield f"{one.what}, {one.id}" + (f"\n    {one.remove}" if one.remove else "")
    tags = dict.fromkeys(tag for line in kept for tag in re.findall(r"\btag ([^=,]+)=(.+)$", line))
    for key, value in tags:
        filters = shlex.quote(f"Key={key},Values={value}")
        yield (
            f"all that has the tag {key}={value}\n"
            f"    aws resourcegroupstaggingapi get-resources --region {region} "
            f"--tag-filters {filters}"
        )


def _remove(event: StackEvent, region: str) -> str:
    command = resources().remove.get(event.kind)
    return (
        f"{command.format(id=shlex.quote(event.physical_id))} --region {region}" if command else ""
    )
