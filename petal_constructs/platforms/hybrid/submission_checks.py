"""Seeds whose two sides do not hand jobs to each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog import hybrid
from petal_constructs.errors import Problem
from petal_constructs.seed.model import Seed

_NONE: Final = "no petal-submit"
_TAKEN: Final = ("authalttypes", "authaltparameters")


def check(seed: Seed) -> Iterator[Problem]:
    """Why there is no petal-submit, or else what would break it."""
    without = [*_not_offered(seed)]
    yield from without or _taken_settings(seed)


def _not_offered(seed: Seed) -> Iterator[Problem]:
    if seed.eks.karpenter == "auto-mode":
        # Its own controller may fill target groups by rules that are not known well enough.
        message = f"{_NONE} here: with EKS Auto Mode the two sides hand each other no jobs"
        hint = "remove karpenter, or let people log in where their queue is"
        yield Problem("P613", "eks.karpenter", message, hint, level="warning")
    if seed.cluster.os in hybrid.submission().os_with_old_python:
        message = f"{_NONE} here: it needs Python 3.9, and {seed.cluster.os} has an older one"
        hint = "choose another os, or let people log in where their queue is"
        yield Problem("P614", "cluster.os", message, hint, level="warning")


def _taken_settings(seed: Seed) -> Iterator[Problem]:
    """Slurm ignores the case of its parameters."""
    for key in seed.cluster.slurm_settings:
        if key.lower() in _TAKEN:
            message = "petal sets it in hybrid clusters, so that Slurm takes petal-submit's tokens"
            yield Problem("P615", f"cluster.slurm_settings.{key}", message, "remove it")
