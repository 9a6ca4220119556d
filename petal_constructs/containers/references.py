"""Where an image is pushed to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from petal_constructs.errors import UsageError
from petal_constructs.plan.images import Image
from petal_constructs.plan.registry import repository_name
from petal_constructs.seed.image_names import named_host

_REGISTRY: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._-]*)*")
_ECR: Final = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?"
)
_LOOPBACK: Final = re.compile(r"(localhost|127(\.\d{1,3}){3})(:\d+)?")


@dataclass(frozen=True, slots=True)
class Destination:
    """A repository of a registry."""

    host: str
    """Of the registry, with a port where it is not 443."""
    path: str
    """Of the repository, e.g. `genomics/bio`."""
    tag: str | None = None
    """That the user chose. Default: petal's own tags alone."""

    def tagged(self, tag: str) -> str:
        """The reference of a tag."""
        return f"{self.repository}:{tag}"

    @property
    def repository(self) -> str:
        """With its registry."""
        return f"{self.host}/{self.path}"


def destination(image: Image, cluster: str, registry: str) -> Destination:
    """Where an image of a cluster goes: where its `image` says, else to `registry`.

    Args:
        image: One that petal builds.
        cluster: Name of the cluster.
        registry: Host, with a port or a path behind it or without; see `registry_name`.

    Raises:
        UsageError: The image's name is that of one image, which nothing can be pushed to.
    """
    host, _, prefix = registry.partition("/")
    if image.reference is None:
        path = repository_name(cluster, image.name)
        return Destination(host, f"{prefix}/{path}" if prefix else path)
    name, at, _ = image.reference.partition("@")
    if at:
        raise UsageError(
            f"{image.name}: image {image.reference} names a digest, and petal builds it anew\n"
            "hint: leave the digest out of software.containers[].image; or leave packages out, and "
            "the image is used as it is"
        )
    if own := named_host(name):
        host, name = own, name.removeprefix(f"{own}/")
    elif prefix:
        name = f"{prefix}/{name}"
    path, _, tag = name.partition(":")
    return Destination(host, path, tag or None)


def registry_name(text: str) -> str:
    """A registry as users write it, without `https://` and a slash at its end.

    Raises:
        UsageError: It is none.
    """
    name = re.sub(r"^https?://", "", text).rstrip("/")
    if not _REGISTRY.fullmatch(name):
        raise UsageError(
            f"{text!r} is no registry\n"
            "hint: write 123456789012.dkr.ecr.us-east-1.amazonaws.com or registry.example.org:5000"
        )
    return name


def ecr_region(host: str) -> str | None:
    """Region of a registry of Amazon ECR; None for another registry."""
    found = _ECR.fullmatch(host)
    return found["region"] if found else None


def ecr_account(host: str) -> str:
    """Account of a registry of Amazon ECR."""
    return host[:12]


def is_loopback(host: str) -> bool:
    """Whether it is this machine: spoken to without TLS, as container tools do."""
    return _LOOPBACK.fullmatch(host) is not None
