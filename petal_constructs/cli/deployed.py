"""What a cluster was deployed from, as its stack says. Needs the network and credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from petal_constructs import __version__
from petal_constructs.cli import output
from petal_constructs.cli.stacks import (
    HOLDS_NOTHING,
    NOT_CREATED,
    place,
    stack_status,
    stack_template,
)
from petal_constructs.errors import PetalError, ToolError
from petal_constructs.platforms import STACK_PREFIX
from petal_constructs.record import Record, recorded

if TYPE_CHECKING:
    from petal_constructs.changes import Change
    from petal_constructs.seed.model import Seed

_INSTEAD = "hint: petal diff OLD NEW compares two seeds"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A cluster that AWS has.

    Attributes:
        stack: Name of its stack.
        status: How that is, in CloudFormation's word.
        template: What the stack was last deployed with.
        record: Who deployed it, and from what; None if the template does not say.
    """

    stack: str
    status: str
    template: Mapping[str, Any]
    record: Record | None

    def changes_to(self, seed: Seed) -> tuple[Change, ...]:
        """What deploying a seed does to it; first what this version of petal does.

        Raises:
            ToolError: It does not say what it was deployed from, or this version does not build it.
            UsageError: The platform cannot tell.
        """
        from petal_constructs.changes import seed_changes, version_change

        if self.record is None:
            raise ToolError(
                f"stack {self.stack} does not say which seed it was made from: an older petal made "
                f"it, or another program\n{_INSTEAD}"
            )
        old = self.record.seed
        if old is None:
            raise ToolError(
                f"stack {self.stack} was made by petal {self.record.version} from a seed that "
                f"{__version__} does not build\n{_INSTEAD}"
            )
        own = version_change(self.record, old, self.template)
        return (*([own] if own else []), *seed_changes(old, seed))


def deployed(seed: Seed) -> Deployed | None:
    """The cluster of a seed's name and region; None if there is none.

    Raises:
        ToolError: AWS does not answer.
    """
    return deployed_stack(f"{STACK_PREFIX}{seed.cluster.name}", seed.cluster.region)


def deployed_stack(stack: str, region: str) -> Deployed | None:
    """The cluster of a stack; None if there is none. Raises as `deployed`."""
    status = stack_status(stack, region)
    if status is None or status in HOLDS_NOTHING or status.startswith(NOT_CREATED):
        return None
    template = stack_template(stack, region)
    return Deployed(stack, status, template, recorded(template))


def what_is_deployed(seed: Seed) -> Deployed:
    """The cluster of a seed's name and region, with what a person must know of it told.

    Raises:
        ToolError: There is none; or as `deployed`.
    """
    found = deployed(seed)
    if found is None:
        stack = f"{STACK_PREFIX}{seed.cluster.name}"
        raise ToolError(
            f"there is no stack {stack} in {place(seed.cluster.region)}: nothing to compare with\n"
            f"hint: check AWS_PROFILE, cluster.region and cluster.name; or petal diff OLD NEW"
        )
    if found.status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}:
        output.tell(
            f"stack {found.stack} is {found.status}: "
            "what runs may not be what it was last told to make\n"
        )
    return found


def tell_changes(seed: Seed) -> bool:
    """Tell what deploying a seed does to its cluster; whether AWS has one.

    Raises:
        ToolError: AWS does not answer.
    """
    found = deployed(seed)
    if found is None:
        return False
    from petal_constructs.cli.diff import table

    try:
        changes = found.changes_to(seed)
    except PetalError as error:
        output.tell(f"what changes in the cluster cannot be told: {error}\n")
    else:
        shown = output.plain_tables([table(changes)]) if changes else "nothing changes in the seed"
        output.tell(f"{shown}\n")
    return True
