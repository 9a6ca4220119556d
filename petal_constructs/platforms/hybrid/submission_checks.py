"""Seeds whose two sides do not hand jobs to each other; all else of them works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog import hybrid
from petal_constructs.errors import Problem
from petal_constructs.seed.model import Seed

_NONE: Final = "no petal-submit"


def check(seed: Seed) -> Iterator[Problem]:
    """Why there is no petal-submit."""
    if seed.eks.karpenter == "auto-mode":
        # Its own controller may fill target groups by rules that are not known well enough.
        message = f"{_NONE} here: with EKS Auto Mode the two sides hand each other no jobs"
        hint = "remove karpenter, or let people log in where their queue is"
        yield Problem("P613", "eks.karpenter", message, hint, level="warning")
    if seed.cluster.os in hybrid.submission().os_with_old_python:
        message = f"{_NONE} here: it needs Python 3.9, and {seed.cluster.os} has an older one"
        hint = "choose another os, or let people log in where their queue is"
        yield Problem("P614", "cluster.os", message, hint, level="warning")
