"""What happens to stacks, in lines: what a person waits for, how far it is, since when."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from petal_constructs.catalog.resources import resources
from petal_constructs.cli.reasons import followed, sense
from petal_constructs.cli.stack_events import StackEvent

_DOES: Final = {
    "CREATE_IN_PROGRESS": "creating",
    "CREATE_COMPLETE": "created",
    "CREATE_FAILED": "not created",
    "UPDATE_IN_PROGRESS": "updating",
    "UPDATE_COMPLETE": "updated",
    "UPDATE_FAILED": "not updated",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "updated, removing what was replaced",
    "DELETE_IN_PROGRESS": "deleting",
    "DELETE_COMPLETE": "deleted",
    "DELETE_FAILED": "not deleted",
    "DELETE_SKIPPED": "kept",
    "ROLLBACK_IN_PROGRESS": "failed, taking back what was made",
    "ROLLBACK_COMPLETE": "taken back",
    "ROLLBACK_FAILED": "not all was taken back",
    "UPDATE_ROLLBACK_IN_PROGRESS": "failed, going back to what was",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "went back, removing what was made",
    "UPDATE_ROLLBACK_COMPLETE": "is again as it was",
    "UPDATE_ROLLBACK_FAILED": "did not get back to what was",
}
_COUNTED: Final = ("CREATE", "DELETE")
"""Where a template tells how many resources there are to do; an update may touch any number."""
_REASON: Final = 160
"""Letters of a reason in a line; the whole follows when all has ended."""
_DONE: Final = ("_COMPLETE", "_SKIPPED")
_SHOWN: Final = 3
"""Resources that a line about waiting names."""


class Progress:
    """Turns events into lines.

    Args:
        size: How many resources a stack has, by its id; None if that is not known.
    """

    def __init__(self, size: Callable[[str], int | None]) -> None:
        self._size = size
        self._begun: datetime | None = None
        self._doing: dict[str, str] = {}
        self._sizes: dict[str, int | None] = {}
        self._done: defaultdict[str, set[str]] = defaultdict(set)
        self._open: dict[tuple[str, str], StackEvent] = {}

    def lines(self, event: StackEvent) -> Iterator[str]:
        """What there is to say about an event: a line or nothing."""
        self._begun = self._begun or event.at
        again = self._open.get((event.stack_id, event.resource))
        self._note(event)
        if self._worth_a_line(event) and not (again and again.status == event.status):
            seconds = (event.at - self._begun).total_seconds()
            yield f"{clock(seconds):>7}  {event.stack}{self._count(event)}: {_what(event)}"

    def waiting(self, seconds: float) -> str:
        """What is being done, where nothing was told for a while.

        Args:
            seconds: Since the first event.
        """
        if self._begun is None:
            return f"{clock(seconds):>7}  CloudFormation has not begun yet"
        # A stack, and the cluster that is one, only wait for what they are made of.
        inner = [e for e in self._open.values() if not e.of_stack and not _holds_others(e)]
        begun = self._begun
        shown = [_since(e, seconds - (e.at - begun).total_seconds()) for e in inner[:_SHOWN]]
        more = [f"{len(inner) - _SHOWN} more"] if len(inner) > _SHOWN else []
        return f"{clock(seconds):>7}  still {', '.join([*shown, *more]) or 'waiting'}"

    def _note(self, event: StackEvent) -> None:
        key = (event.stack_id, event.resource)
        if event.status.endswith("_IN_PROGRESS"):
            self._open.setdefault(key, event)
        else:
            self._open.pop(key, None)
        if event.of_stack:
            self._begin(event)
        elif event.verb == self._doing.get(event.stack_id) and event.status.endswith(_DONE):
            self._done[event.stack_id].add(event.resource)

    def _begin(self, event: StackEvent) -> None:
        if event.status.endswith("_IN_PROGRESS"):
            self._doing[event.stack_id] = event.verb
            self._done.pop(event.stack_id, None)
            counted = event.status.removesuffix("_IN_PROGRESS") in _COUNTED
            self._sizes[event.stack_id] = self._size(event.stack_id) if counted else None

    def _count(self, event: StackEvent) -> str:
        done, size = len(self._done[event.stack_id]), self._sizes.get(event.stack_id)
        if event.of_stack or self._doing.get(event.stack_id) != event.verb:
            return ""
        return f" ({done} of {max(size, done)})" if size else f" ({done} done)"

    def _worth_a_line(self, event: StackEvent) -> bool:
        if event.of_stack:
            return True
        if event.status.endswith("_FAILED"):
            return not followed(event)
        known = resources()
        quiet = event.kind in known.quiet and event.status != "DELETE_SKIPPED"
        return event.kind in known.words and not quiet


def clock(seconds: float) -> str:
    """`0:05`, `12:30`, `1:02:03`."""
    hours, rest = divmod(max(0, int(seconds)), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def called(event: StackEvent) -> str:
    """A resource in words, and its name in the template without what CDK adds to it."""
    name = re.sub(r"[0-9A-F]{8}$", "", re.sub(r"\d{14}$", "", event.resource))
    return f"{resources().name(event.kind)} {name}"


def _what(event: StackEvent) -> str:
    does = _DOES.get(event.status, event.status.lower().replace("_", " "))
    if event.of_stack:
        return does
    if event.status == "DELETE_SKIPPED":
        return f"{called(event)}: {does}, {event.physical_id}"
    why = (
        f": {sense(event.reason, _REASON)}"
        if event.status.endswith("_FAILED") and event.reason
        else ""
    )
    return f"{called(event)}: {does}{why}"


def _since(event: StackEvent, seconds: float) -> str:
    does = _DOES.get(event.status, "at")
    limit = resources().limits_s.get(event.kind) if event.verb == "CREATE" else None
    until = f" of at most {limit // 60}" if limit else ""
    return f"{does} {called(event)} ({seconds // 60:.0f}{until} min)"


def _holds_others(event: StackEvent) -> bool:
    return event.nested is not None or event.kind == "Custom::PclusterCluster"
