"""A change of a stack by the CDK's command line, with what CloudFormation reports meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self, TypeVar

from petal_constructs.cli import output
from petal_constructs.cli.causes import explain
from petal_constructs.cli.cdk import run_cdk
from petal_constructs.cli.progress import Progress
from petal_constructs.cli.stack_events import StackEvent, StackEvents
from petal_constructs.errors import ToolError

_Answer = TypeVar("_Answer")

PAUSE_S: Final = 5
"""Between two looks at the events."""
SILENCE_S: Final = 60
"""After which a line says what is waited for."""
_PATIENCE_S: Final = 20
"""For a look that is under way when the command line has ended."""


def change_stack(
    arguments: Sequence[str], *, stacks: Sequence[str], region: str, interrupted: str
) -> tuple[StackEvent, ...]:
    """Let the CDK's command line change a stack; what happened, oldest first.

    Args:
        arguments: Of the command line, e.g. `deploy petal-bio --app build/bio/cdk.out`.
        stacks: Names of the stacks whose events are told: that one and those that AWS makes for it.
        region: AWS region.
        interrupted: What to say if somebody presses Ctrl-C.

    Raises:
        ToolError: It failed; a `StackFailedError` where CloudFormation tells why.
    """
    with Watch(stacks, region) as watch:
        try:
            run_cdk(arguments, region=region)
        except KeyboardInterrupt:
            output.tell(interrupted)
            raise
        except ToolError as failed:
            watch.stop()
            raise explain(failed, watch.events, region) from failed
    return watch.events


def interrupt_text(
    doing: str, stack: str, region: str, stops: Sequence[tuple[str, str]] = ()
) -> str:
    """What a person has to know who stops petal while CloudFormation works.

    Args:
        doing: What CloudFormation goes on with.
        stack: Name of the stack.
        region: AWS region.
        stops: What can be stopped, each with the command that does it.
    """
    of_stack = f"--stack-name {stack} --region {region}"
    ways = (("watch it", "describe-stack-events"), *stops)
    lines = (f"{what}: aws cloudformation {command} {of_stack}" for what, command in ways)
    return "\n".join([f"interrupted, but CloudFormation goes on {doing} if it had begun", *lines])


class Watch:
    """Tells what happens to stacks while a block of code runs that changes them.

    What cannot be asked is told once, and changes nothing else.

    Args:
        stacks: Their names.
        region: AWS region.

    Attributes:
        events: All that were seen, oldest first.
    """

    def __init__(self, stacks: Sequence[str], region: str) -> None:
        self.events: tuple[StackEvent, ...] = ()
        self._told_trouble = False
        self._source = self._ask(lambda: StackEvents(stacks, region))
        self._progress = Progress(self._size)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_again_and_again, daemon=True)
        self._begun = self._told = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to look."""
        if self._source:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        """Look a last time; who interrupts is not kept waiting."""
        if kind is KeyboardInterrupt:
            self._ended.set()
        else:
            self.stop()

    def stop(self) -> None:
        """Look a last time. May be called twice."""
        if self._ended.is_set() or not self._source:
            return
        self._ended.set()
        self._thread.join(_PATIENCE_S)
        if not self._thread.is_alive():
            self._look()

    def _look_again_and_again(self) -> None:
        while not self._ended.wait(PAUSE_S):
            if self._look():
                self._told = time.monotonic()
            elif time.monotonic() - self._told >= SILENCE_S:
                self._told = time.monotonic()
                output.tell(self._progress.waiting(self._told - self._begun))

    def _look(self) -> bool:
        """Whether there was anything to tell, or nobody who knows."""
        new = self._ask(self._source.new) if self._source else None
        if new and not self.events:
            self._begun = time.monotonic()
        self.events += new or ()
        lines = [line for event in new or () for line in self._progress.lines(event)]
        for line in lines:
            output.tell(line)
        return new is None or bool(lines)

    def _ask(self, question: Callable[[], _Answer]) -> _Answer | None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return question()
        except (BotoCoreError, ClientError) as error:
            if not self._told_trouble:
                self._told_trouble = True
                output.tell(f"progress cannot be shown in full: {error}")
            return None

    def _size(self, stack_id: str) -> int | None:
        source = self._source
        return self._ask(lambda: source.size(stack_id)) if source else None
