"""What CloudFormation reports about stacks that change. Needs the network and credentials."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from petal_constructs.cli.stacks import client

_ENDED = ("_COMPLETE", "_FAILED")


@dataclass(frozen=True, slots=True)
class StackEvent:
    """One event. Source of the fields: CloudFormation's API reference, StackEvent, 2026-11-23.

    Attributes:
        event_id: Unique in the account.
        at: When it happened, by AWS's clock.
        stack: Name of the stack.
        stack_id: Its ARN, which also finds a stack that is deleted.
        resource: Logical id; the stack's name for an event of the stack itself.
        physical_id: What AWS calls the resource; empty as long as it has no name.
        kind: Type of the resource, e.g. `AWS::EC2::VPC`.
        status: E.g. `CREATE_FAILED`.
        reason: Why, in the words of who did it; mostly empty.
    """

    event_id: str
    at: datetime
    stack: str
    stack_id: str
    resource: str
    physical_id: str
    kind: str
    status: str
    reason: str

    @property
    def of_stack(self) -> bool:
        """Whether it is about the stack itself."""
        return self.physical_id == self.stack_id

    @property
    def verb(self) -> str:
        """`CREATE`, `UPDATE`, `DELETE` or another first word of the status."""
        return self.status.partition("_")[0]

    @property
    def nested(self) -> str | None:
        """The id of the stack that this resource is, if it is one."""
        is_stack = self.kind == "AWS::CloudFormation::Stack" and not self.of_stack
        return self.physical_id if is_stack and self.physical_id.startswith("arn:") else None


def event(found: Mapping[str, Any]) -> StackEvent:
    """An event in the form of `DescribeStackEvents`."""
    return StackEvent(
        event_id=found["EventId"],
        at=found["Timestamp"],
        stack=found["StackName"],
        stack_id=found["StackId"],
        resource=found.get("LogicalResourceId", ""),
        physical_id=found.get("PhysicalResourceId", ""),
        kind=found.get("ResourceType", ""),
        status=found.get("ResourceStatus", ""),
        reason=found.get("ResourceStatusReason") or "",
    )


class StackEvents:
    """Events of some stacks and of those nested in them, from when this object was made.

    A stack need not be there yet, and may go: its last events are found by its id.

    Args:
        stacks: Names.
        region: AWS region.

    Raises:
        BotoCoreError, ClientError: From any method, if AWS does not answer; may be tried again.
    """

    def __init__(self, stacks: Sequence[str], region: str) -> None:
        self._client = client("cloudformation", region)
        self._names = tuple(stacks)
        self._running: dict[str, None] = {}  # ids, in order
        self._seen: set[str] = set()
        self._untold: list[StackEvent] = []  # what was read when AWS stopped to answer
        # By AWS's clock, and the ids now: a stack that goes is found by its id alone.
        newest = [page[0] for name in stacks if (page := next(self._pages(name), []))]
        self._since = max((event.at for event in newest), default=None)
        self._running |= {event.stack_id: None for event in newest}

    def new(self) -> tuple[StackEvent, ...]:
        """What was not told before, oldest first."""
        to_read, read = deque((*self._names, *self._running)), set[str]()
        while to_read:
            stack = to_read.popleft()
            if stack not in read:
                events = self._unread(stack, read)
                self._untold += events
                to_read += (event.nested for event in events if event.nested)
        told = sorted(self._untold, key=lambda event: event.at)
        self._untold.clear()
        return tuple(told)

    def size(self, stack_id: str) -> int | None:
        """How many resources a stack's template makes in any case; None if it is YAML."""
        body = self._client.get_template(StackName=stack_id)["TemplateBody"]
        if isinstance(body, str):  # botocore reads JSON alone
            return None
        return sum("Condition" not in resource for resource in body["Resources"].values())

    def _unread(self, stack: str, read: set[str]) -> list[StackEvent]:
        """New events of one stack; its id joins those that are read."""
        events: list[StackEvent] = []
        for page in self._pages(stack):
            read |= {stack, *(event.stack_id for event in page)}
            new = [event for event in page if not self._is_old(event)]
            events = new[::-1] + events
            if len(new) < len(page):
                break
        for event in events:
            self._seen.add(event.event_id)
            self._follow(event)
        return events

    def _is_old(self, event: StackEvent) -> bool:
        return event.event_id in self._seen or bool(self._since and event.at <= self._since)

    def _follow(self, event: StackEvent) -> None:
        """A stack that somebody else deletes is found by its id until it is gone."""
        gone = event.of_stack and event.status == "DELETE_COMPLETE"
        done = event.of_stack and event.stack not in self._names and event.status.endswith(_ENDED)
        if gone or done:
            self._running.pop(event.stack_id, None)
        else:
            self._running[event.stack_id] = None
        if event.nested and not event.status.endswith(_ENDED):
            self._running[event.nested] = None

    def _pages(self, stack: str) -> Iterator[list[StackEvent]]:
        """Newest first, as CloudFormation gives them."""
        from botocore.exceptions import ClientError

        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=stack)
        try:
            for page in pages:
                yield [event(found) for found in page["StackEvents"]]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
