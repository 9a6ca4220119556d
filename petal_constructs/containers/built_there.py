"""Images that AWS CodeBuild built and pushed, found in Amazon ECR by what they were built from."""

from __future__ import annotations

from datetime import UTC
from typing import Any, cast

from petal_constructs.containers.ecr import tagged_image
from petal_constructs.containers.references import Destination
from petal_constructs.plan.images import Image
from petal_constructs.plan.registry import RegistryPlan
from petal_constructs.render.image_bundle import built_tag
from petal_constructs.seed.lock import Locked


def built_there(plan: RegistryPlan, image: Image, to: Destination) -> Locked | None:
    """What the lock says of an image of just the seed's packages; None if the registry lacks it.

    Tags of such images are made of all that they were built from, so they are never those of
    another seed.

    Args:
        plan: The registry whose projects build it.
        image: One that petal builds.
        to: Its repository, in Amazon ECR.

    Raises:
        ToolError: AWS does not tell.
    """
    tag = built_tag(plan, image)
    whole = tagged_image(to.host, to.path, tag)
    machines = [machine for machine, _ in image.targets]
    parts = {machine: tagged_image(to.host, to.path, f"{tag}-{machine}") for machine in machines}
    if whole is None or None in parts.values():
        return None
    digests = {machine: part.digest for machine, part in sorted(parts.items()) if part}
    return Locked(
        repository=to.repository,
        digest=whole.digest,
        pushed=whole.pushed.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        packages=image.made_of,
        machines=cast("Any", digests),
    )
