"""Recipes of a seed's images, and building them with a container tool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from petal_constructs.containers.tools import Tool, local_reference, run
from petal_constructs.plan.images import images
from petal_constructs.render.build_context import Installer, Recipe, recipe
from petal_constructs.seed.model import Seed


def recipes(
    seed: Seed, platform: str | None, installer: Installer, base: str | None = None
) -> tuple[Recipe, ...]:
    """How each image is built that petal builds, in seed order.

    Args:
        seed: A seed without errors.
        platform: Whose queues use the images: a key of `seed.parts`; None for those of all.
        installer: What installs the packages.
        base: Image to start from, or its name in the catalog. Default: the installer's.
    """
    software = seed.software
    return tuple(
        recipe(
            image,
            installer,
            base,
            compiler=software.compiler,
            build_cache=software.build_cache,
        )
        for image in images(seed, platform)
        if image.built
    )


def build_image(
    tool: Tool,
    name: str,
    context: Path,
    say: Callable[[str], None],
    options: Sequence[str] = (),
) -> str:
    """Build a context into a local image for the machine's architecture.

    Args:
        tool: What builds.
        name: Of the image.
        context: Folder.
        say: Told each line of the tool's output.
        options: Of the tool, as they are.

    Returns:
        The name under which the tool has the image.

    Raises:
        ToolError: The build failed; the error shows its last lines.
    """
    reference = local_reference(name)
    run(tool.build(context, reference, options), say, f"building {name} with {tool.name}")
    return reference
