"""Steps of a long command, told to a person while they run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from petal_constructs.cli import output


class Steps:
    """Numbers the steps of a command and tells how long each took.

    Args:
        total: How many there will be.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._begun = 0

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """One step: it is told when it begins and when it ended well."""
        self._begun += 1
        start = time.monotonic()
        output.progress(f"[{self._begun}/{self._total}] {what}")
        yield
        output.progress(
            f"[{self._begun}/{self._total}] {what}: {elapsed(time.monotonic() - start)}"
        )


def elapsed(seconds: float) -> str:
    """`3.2 s`, or `12 min 5 s`."""
    if seconds < 60:  # noqa: PLR2004  # seconds in a minute
        return f"{seconds:.1f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
