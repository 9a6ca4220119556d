"""Why a stack failed: what went wrong first, what the logs say, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from petal_constructs.catalog.causes import hint_for
from petal_constructs.cli.log_tails import log_tails
from petal_constructs.cli.progress import called
from petal_constructs.cli.reasons import first_failures, sense
from petal_constructs.cli.stack_events import StackEvent
from petal_constructs.errors import ToolError

_ALSO: Final = 3
"""Further failures that are named."""


class StackFailedError(ToolError):
    """A stack failed, and CloudFormation tells why.

    Attributes:
        events: Of all stacks that took part, oldest first.
    """

    def __init__(self, text: str, events: Sequence[StackEvent]) -> None:
        super().__init__(text)
        self.events = tuple(events)


def explain(failed: ToolError, events: Sequence[StackEvent], region: str) -> ToolError:
    """The failure of the CDK's command line with its cause, or as it is if no event tells any.

    Args:
        failed: What the command line said.
        events: Of all stacks that take part, oldest first.
        region: AWS region.
    """
    failures = first_failures(events)
    if not failures:
        return failed
    first, *others = failures
    said, _, cdk_hint = str(failed).partition("\nhint: ")
    hint = next(filter(None, (hint_for(event.reason) for event in failures)), cdk_hint)
    parts = [
        f"{_where(first)}: {sense(first.reason)}",
        *(f"then {_where(event)}: {sense(event.reason)}" for event in others[:_ALSO]),
        *([f"then {len(others) - _ALSO} more"] if len(others) > _ALSO else []),
        log_tails(failures, events, region),
        f"\n{said}",
        f"hint: {hint or _look_at(first, region)}",
    ]
    return StackFailedError("\n".join(filter(None, parts)), events)


def _where(event: StackEvent) -> str:
    what = "the stack" if event.of_stack else called(event)
    return f"{event.stack}, {what}, {event.at:%H:%M:%S} UTC"


def _look_at(event: StackEvent, region: str) -> str:
    of_stack = f"--stack-name {event.stack_id} --region {region}"
    return f"all events: aws cloudformation describe-stack-events {of_stack}"
