"""A seed file -> its stack in a CDK app. Importing this module starts no Node; calling it does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from petal_constructs.errors import Problem
from petal_constructs.planning import inspect_seed, plan_seed
from petal_constructs.platforms import platform

if TYPE_CHECKING:
    from constructs import Construct


def add_stack(scope: Construct, seed_file: str | os.PathLike[str]) -> tuple[Problem, ...]:
    """Add the one top-level stack of a seed to an app.

    Returns:
        The warnings that the seed deserves.

    Raises:
        SeedError: The seed has errors.
        UsageError: There is no such file.
    """
    loaded = inspect_seed(seed_file)
    plan = plan_seed(loaded.unwrap())
    platform(plan.platform).make_stack(scope, plan)
    return loaded.problems
