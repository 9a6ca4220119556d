"""Trying again what may go well the next time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

Result = TypeVar("Result")

WAITS_S: Final = (0.5, 1.0, 2.0)
"""Seconds before the second try and those that follow."""


def patiently(
    attempt: Callable[[], Result],
    may_pass: Callable[[Exception], bool],
    say: Callable[[str], None],
) -> Result:
    """What an attempt gives in the end.

    Args:
        attempt: What to try.
        may_pass: Whether what an attempt raised may not happen again.
        say: Told why there is another try.
    """
    for wait in WAITS_S:
        try:
            return attempt()
        except Exception as error:
            if not may_pass(error):
                raise
            say(f"{str(error).splitlines()[0].rstrip(':')}; trying again in {wait:g} s")
            time.sleep(wait)
    return attempt()
