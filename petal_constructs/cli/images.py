"""Images that petal builds, by the names that users give on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from petal_constructs.cli import output
from petal_constructs.errors import UsageError

if TYPE_CHECKING:
    from petal_constructs.plan.images import Image
    from petal_constructs.seed.model import Seed

Names = Annotated[
    list[str] | None,
    typer.Option("--name", help="This image alone; may be repeated.", show_default=False),
]


def built_images(seed: Seed, names: Sequence[str]) -> tuple[Image, ...]:
    """Those of the names, or all, in seed order.

    Raises:
        UsageError: petal builds none, or none of one of the names.
    """
    from petal_constructs.plan.images import images
    from petal_constructs.seed.suggest import did_you_mean, one_of

    built = [image for image in images(seed) if image.built]
    if not built:
        raise UsageError(
            f"{seed.cluster.name}: petal builds no image: no container has packages\n"
            "hint: list packages under software.containers, or software.spack_packages"
        )
    known = [image.name for image in built]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or one_of(known)
            raise UsageError(f"--name {name}: petal builds no image of this name\nhint: {hint}")
    _tell_if_unused(seed)
    return tuple(image for image in built if not names or image.name in names)


def _tell_if_unused(seed: Seed) -> None:
    """Such an image may still be for a cluster on another platform."""
    from petal_constructs.platforms import platform

    name = seed.cluster.platform
    if not platform(name).cluster_images(seed):
        output.tell(
            f"note: clusters on {name} install software.spack_packages themselves and use no image "
            "of them; pcs does"
        )
