"""Images as plans list them, and the repositories that wait for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from petal_constructs.plan.images import Image
from petal_constructs.plan.pulled_images import pulled_images, split
from petal_constructs.plan.registry import repositories
from petal_constructs.plan.tables import Table
from petal_constructs.seed.model import Seed

_NOWHERE: Final = "nowhere yet"
_NOT_PUSHED: Final = "not pushed yet"
_OF_THE_TAG: Final = "the tag's, when it is pulled"
_UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class ListedImage:
    """An image of a cluster, for people."""

    name: str
    place: str | None
    """Where nodes take it from; None for nowhere. Where no digest is known it has the tag that is
    pulled, or what the seed says if petal builds it: a push makes tags of its own."""
    digest: str | None
    built: bool
    """Whether petal builds it."""
    modules: tuple[str, ...]
    """What users load from it."""
    machines: tuple[str, ...]
    """What it is built for, as `uname -m` says it."""
    repository: str | None
    """In the registry's stack, e.g. `genomics/bio`; None where it is somebody else's, or goes
    elsewhere."""


def listed(seed: Seed, images: Iterable[Image]) -> tuple[ListedImage, ...]:
    """The images of one platform, in their order.

    Args:
        seed: Whose they are.
        images: All that its plan uses, or would if they were pushed.
    """
    found = tuple(images)
    own = {each.image.name: each.name for each in repositories(seed, found)}
    return tuple(_listed(image, own.get(image.name)) for image in found)


def image_tables(images: Iterable[ListedImage]) -> tuple[Table, Table]:
    """The images, and the repositories of the registry's stack that are for them."""
    found = tuple(images)
    rows = tuple(
        (image.name, image.place or _NOWHERE, _digest(image), ", ".join(image.modules), _UNKNOWN)
        for image in found
    )
    places = tuple(
        (image.repository, image.name, ", ".join(image.machines))
        for image in found
        if image.repository
    )
    return (
        Table("images", ("image", "runs from", "digest", "modules", "size"), rows),
        Table("registry", ("repository", "for image", "built for"), places),
    )


def _digest(image: ListedImage) -> str:
    return image.digest or (_NOT_PUSHED if image.built else _OF_THE_TAG)


def _listed(image: Image, repository: str | None) -> ListedImage:
    pulled = next(iter(pulled_images([image])), None)
    name, tag, digest = split(pulled.reference) if pulled else (None, None, None)
    modules = _modules(pulled.modules) if pulled else image.modules
    return ListedImage(
        name=image.name,
        place=name if digest or name is None else _tagged(image, name, tag),
        digest=digest,
        built=image.built,
        modules=tuple(modules),
        machines=tuple(machine for machine, _ in image.targets),
        repository=repository,
    )


def _tagged(image: Image, name: str, tag: str | None) -> str | None:
    return image.place if image.built else f"{name}:{tag}"


def _modules(modules: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    for name, version in modules:
        yield f"{name}/{version}" if version else name
