"""A seed file -> its stack in a CDK app. Importing this module starts no Node; calling it does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from petal_constructs.node_js import use_packaged_node
from petal_constructs.planning import load_seed, plan_seed
from petal_constructs.platforms import platform

if TYPE_CHECKING:
    from aws_cdk import Stack
    from constructs import Construct


def add_stack(scope: Construct, seed_file: str | os.PathLike[str]) -> Stack:
    """Add the one top-level stack of a seed to an app.

    Raises:
        SeedError: The seed has errors.
        UsageError: There is no such file.
    """
    use_packaged_node()
    plan = plan_seed(load_seed(seed_file))
    return platform(plan.platform).make_stack(scope, plan)
