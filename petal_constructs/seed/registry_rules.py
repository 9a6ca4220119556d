"""What must be true of `registry` and the rest of a seed."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.errors import Problem
from petal_constructs.seed.model import Seed
from petal_constructs.seed.unique import unique


def check_registry(seed: Seed) -> Iterator[Problem]:
    """Keys of other regions, accounts named twice, a registry for nothing."""
    wanted = seed.registry
    accounts = [(f"registry.share_with[{i}]", name) for i, name in enumerate(wanted.share_with)]
    yield from unique(accounts, "name each account once")
    for key in ("encryption_key", "github_secret"):
        yield from _region(seed, f"registry.{key}", getattr(wanted, key))
    caches = wanted.public_cache or wanted.github_secret
    if wanted.model_fields_set and not caches and not _builds_images(seed):
        yield Problem(
            "P511",
            "registry",
            "petal builds no image that it could hold",
            "list packages under software.containers, without an image of their own",
            level="warning",
        )


def _region(seed: Seed, path: str, arn: str | None) -> Iterator[Problem]:
    region = arn.split(":")[3] if arn else seed.cluster.region
    if region != seed.cluster.region:
        yield Problem(
            "P510",
            path,
            f"it lies in {region}, but the registry in {seed.cluster.region}",
            f"name one of {seed.cluster.region}",
        )


def _builds_images(seed: Seed) -> bool:
    software = seed.software
    if not software.containers:
        return bool(software.spack_packages)
    return any(
        each.packages and (each.image is None or ".dkr.ecr." in each.image)
        for each in software.containers
    )
