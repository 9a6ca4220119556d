"""What differs between a seed and the images that were pushed for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from petal_constructs.errors import Problem
from petal_constructs.plan.images import Image
from petal_constructs.seed.lock import NAME, Locked, stamp
from petal_constructs.seed.model import Seed

_AGAIN = "run petal build-container, then petal push-container"


def check_lock(seed: Seed, images: Iterable[Image]) -> Iterator[Problem]:
    """Warnings about images that were pushed, and are not what the seed asks for.

    Args:
        seed: A seed without errors.
        images: What its cluster uses, with what the lock says of each.
    """
    for number, image in enumerate(images):
        path = f"software.containers[{number}]"
        if not seed.software.containers:
            path = "software.spack_packages"
        if image.built and image.locked:
            yield from _about(image, image.locked, path)


def _about(image: Image, locked: Locked, path: str) -> Iterator[Problem]:
    wanted = list(image.made_of)
    if stamp(wanted) != stamp(locked.packages):
        yield Problem(
            "P530",
            path,
            f"{NAME} has an image of {image.name} from other packages{_between(wanted, locked)}",
            _AGAIN,
            level="warning",
        )
    missing = [machine for machine, _ in image.targets if machine not in locked.machines]
    if missing:
        yield Problem(
            "P531",
            path,
            f"{NAME} has no image of {image.name} for {' and '.join(missing)}, which queues have",
            f"on such a machine {_AGAIN}",
            level="warning",
        )


def _between(wanted: list[str], locked: Locked) -> str:
    """`: without bwa, with samtools@1.16`, as far as it is short."""
    without = sorted(set(wanted) - set(locked.packages))
    extra = sorted(set(locked.packages) - set(wanted))
    parts = [
        f"{word} {names[0]}" + (f" and {len(names) - 1} more" if names[1:] else "")
        for word, names in (("without", without), ("with", extra))
        if names
    ]
    return f": {', '.join(parts)}"
