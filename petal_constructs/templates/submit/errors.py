"""What ends a program with one line for its user."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818
    """Nothing was submitted, and the text says why."""


class Unreachable(Refusal):
    """The other side cannot be asked; nothing was sent to it."""


class Lost(Exception):  # noqa: N818
    """A question was sent, and what became of it is unknown."""
