"""A seed file -> its stack in a CDK app. Importing this module starts no Node; calling it does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from petal_constructs.errors import Problem, UsageError
from petal_constructs.node_js import use_packaged_node
from petal_constructs.planning import inspect_seed, plan_checked
from petal_constructs.platforms import platform
from petal_constructs.record import KEY, as_metadata

if TYPE_CHECKING:
    from aws_cdk import App
    from constructs import Construct

FEATURE_FLAGS: Final = Path(__file__).with_name("feature_flags.json")
"""What the CDK recommends for new apps; as in cdk.json, so that `petal` and `cdk` agree."""


def new_app(outdir: str | os.PathLike[str] | None = None) -> App:
    """A CDK app with the recommended feature flags.

    Args:
        outdir: Folder of the cloud assembly. Default: what the CDK's command line asks for.
    """
    use_packaged_node()
    import aws_cdk as cdk

    return cdk.App(
        context=json.loads(FEATURE_FLAGS.read_text("utf-8")),
        outdir=None if outdir is None else os.fspath(outdir),
    )


def add_stack(
    scope: Construct, seed_file: str | os.PathLike[str], *, on: str | None = None
) -> tuple[Problem, ...]:
    """Add the one top-level stack of a seed to an app.

    Args:
        scope: The app.
        seed_file: The YAML file.
        on: Platform to build on, whatever the seed says. Default: as it says.

    Returns:
        The warnings that the seed deserves.

    Raises:
        SeedError: The seed has errors.
        UsageError: There is no such file, or no such platform.
    """
    loaded = inspect_seed(seed_file, platform=on)
    seed = loaded.unwrap()
    plan = plan_checked(seed)
    stack = platform(plan.platform).make_stack(scope, plan)
    stack.add_metadata(KEY, as_metadata(seed))
    return loaded.problems


def add_registry_stack(
    scope: Construct, seed_file: str | os.PathLike[str], *, on: str | None = None
) -> tuple[Problem, ...]:
    """Add the stack of a seed's container images to an app: `registry-petal-<cluster>`.

    Args:
        scope: The app.
        seed_file: The YAML file.
        on: Platform to build on, whatever the seed says. Default: as it says.

    Returns:
        The warnings that the seed deserves.

    Raises:
        SeedError: The seed has errors.
        UsageError: There is no such file or platform, or nothing that a registry would hold.
    """
    from petal_constructs.plan.registry import plan_registry, stack_name

    loaded = inspect_seed(seed_file, platform=on)
    seed = loaded.unwrap()
    plan = plan_registry(seed)
    if not plan.repositories and not plan.caches:
        raise UsageError(
            f"{os.fspath(seed_file)}: petal builds no image for it that a registry could hold\n"
            "hint: list packages under software.containers, without an image of their own"
        )
    from petal_constructs.constructs.registry_stack import ContainerRegistryStack

    stack = ContainerRegistryStack(scope, stack_name(plan.name), plan=plan)
    stack.add_metadata(KEY, as_metadata(seed))
    return loaded.problems
