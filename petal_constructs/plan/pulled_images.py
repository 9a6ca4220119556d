"""Images -> what nodes that are no containers themselves fetch, and what users load from it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from petal_constructs.plan.bucket_access import Statement
from petal_constructs.plan.ecr_access import IMPORT, PULL, allow, login, repository_arn
from petal_constructs.plan.images import Image

_REFERENCE: Final = re.compile(
    r"(?P<name>.*?)(:(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]*))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_ECR: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?"
    r"/(?P<repository>[a-z0-9._/-]+)"
)
_SHORT: Final = 12
"""Digits of a digest where they are a version."""


@dataclass(frozen=True, slots=True)
class PulledImage:
    """An image that lies in a registry, and its modules."""

    name: str
    reference: str
    """With its digest where one is known, and without a tag then."""
    digest: str | None
    """`sha256:...`. Default: the tag is pulled once, and not followed."""
    root: str | None
    """Where petal's tree lies in it; None in somebody else's image."""
    modules: tuple[tuple[str, str | None], ...]
    """Name and version of what users load; None where any version will do."""
    cached: bool = False
    """Whether it comes through a pull-through cache, where the first pull makes its repository."""

    @property
    def repository(self) -> tuple[str, str, str] | None:
        """Region, account and name of the repository; None outside of Amazon ECR."""
        found = _ECR.match(self.reference)
        if found is None:
            return None
        return found["region"], found["account"], found["repository"]


def pull_statements(images: Iterable[PulledImage], partition: str) -> list[Statement]:
    """Rights to pull those that lie in Amazon ECR, and no others; nothing where none does."""
    found = list(images)
    pull = allow(PULL, _arns(found, partition))
    first_pull = allow(IMPORT, _arns((image for image in found if image.cached), partition))
    return [login(), *pull, *first_pull] if pull else []


def _arns(images: Iterable[PulledImage], partition: str) -> list[str]:
    places = dict.fromkeys(place for image in images if (place := image.repository))
    return [repository_arn(partition, *place) for place in places]


def pulled_images(images: Iterable[Image], caches: Iterable[str] = ()) -> tuple[PulledImage, ...]:
    """Those whose place in a registry is known, in seed order: pushed ones by their digest.

    Args:
        images: All that the cluster has.
        caches: What names of repositories begin with that are pull-through caches.
    """
    found = (_pulled(image, image.place) for image in images if image.place)
    begins = tuple(f"{cache}/" for cache in caches)
    return tuple(replace(each, cached=_name(each).startswith(begins)) for each in found)


def _name(image: PulledImage) -> str:
    return image.repository[2] if image.repository else ""


def _pulled(image: Image, reference: str) -> PulledImage:
    name, tag, digest = split(reference)
    return PulledImage(
        name=image.name,
        reference=f"{name}@{digest}" if digest else f"{name}:{tag}",
        digest=digest,
        root=image.folder if image.built else None,
        modules=tuple(_modules(image, digest[7:][:_SHORT] if digest else tag)),
    )


def _modules(image: Image, version: str) -> Iterator[tuple[str, str | None]]:
    """Somebody else's image has the version of its tag where the seed names none."""
    for module in image.modules:
        name, _, own = module.partition("/")
        yield name, own or (None if image.built else version)


def split(reference: str) -> tuple[str, str, str | None]:
    """Name with registry, tag and digest. Without any tag, registries take `latest`."""
    found = _REFERENCE.fullmatch(reference)
    name, tag, digest = found.group("name", "tag", "digest") if found else (reference, None, None)
    return name, tag or "latest", digest
