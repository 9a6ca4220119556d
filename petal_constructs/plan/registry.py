"""Seed -> the container registry: its repositories, what they keep, and who may do what there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from petal_constructs.plan.bucket_access import Statement
from petal_constructs.plan.ecr_access import IMPORT, PULL, PUSH, allow, login, repository_arn
from petal_constructs.plan.from_seed import tags
from petal_constructs.plan.images import Image, images
from petal_constructs.plan.pulled_images import split
from petal_constructs.seed.model import Seed

UNTAGGED_DAYS: Final = 14
"""How long images without a tag stay: parts of pushes that were broken off."""
PROTECTED: Final = "keep-*"
"""Tags that protect an image from `keep_images`."""
_MORE_THAN_EVER: Final = 9999
"""No repository of petal's has so many images: the rule takes none away. It is there since ECR lets
no later rule expire what an earlier one matches (Amazon ECR user guide, LifecyclePolicies)."""
_PREFIX_CHARACTERS: Final = 30
"""Of a pull-through cache rule, at most (ECR API reference, CreatePullThroughCacheRule)."""
_HASH_DIGITS: Final = 6
_STACK_PREFIX: Final = "registry-petal-"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository, for one image."""

    name: str
    """`<cluster>/<container>`, in lower case, as ECR asks for."""
    image: Image


@dataclass(frozen=True, slots=True)
class Cache:
    """A pull-through cache rule."""

    name: str
    prefix: str
    """What replaces the upstream registry in the name of an image."""
    upstream: str
    """The registry, as ECR's API calls it."""
    url: str
    secret_arn: str | None = None


@dataclass(frozen=True, slots=True)
class RegistryPlan:
    """The registry of a cluster."""

    name: str
    """Name of the cluster."""
    region: str
    repositories: tuple[Repository, ...]
    caches: tuple[Cache, ...]
    keep_images: int | None
    """Newest tagged images that stay; None for all."""
    share_with: tuple[str, ...]
    """Accounts that may pull."""
    encryption_key: str | None
    """ARN of a KMS key. Default: ECR's own encryption."""
    keep: bool
    """Whether the images survive the stack."""
    compiler: str | None = None
    """What packages are built with. Default: Spack's choice."""
    build_cache: str | None = None
    """Address of the site's own Spack build cache."""
    tags: tuple[tuple[str, str], ...] = ()
    permissions_boundary: str | None = None

    @property
    def machines(self) -> tuple[str, ...]:
        """What images are built for, as `uname -m` says it."""
        found = {machine for r in self.repositories for machine, _ in r.image.targets}
        return tuple(sorted(found, reverse=True))


def plan_registry(seed: Seed) -> RegistryPlan:
    """The registry of a seed without errors; it may hold nothing."""
    wanted, software = seed.registry, seed.software
    return RegistryPlan(
        name=seed.cluster.name,
        region=seed.cluster.region,
        repositories=repositories(seed, images(seed)),
        caches=caches(seed),
        keep_images=wanted.keep_images,
        share_with=wanted.share_with,
        encryption_key=wanted.encryption_key,
        keep=wanted.keep,
        compiler=software.compiler,
        build_cache=software.build_cache,
        tags=tags(seed),
        permissions_boundary=seed.cluster.permissions_boundary,
    )


def stack_name(cluster: str) -> str:
    """Of the registry's stack."""
    return f"{_STACK_PREFIX}{cluster}"


def projects(plan: RegistryPlan) -> dict[str, str]:
    """Machine -> name of the CodeBuild project that builds for it."""
    return {machine: f"{stack_name(plan.name)}-{machine}" for machine in plan.machines}


def namespace(cluster: str) -> str:
    """First part of the names of a cluster's repositories: ECR takes single hyphens alone."""
    return "-".join(word for word in cluster.lower().split("-") if word)


def repository_name(cluster: str, container: str) -> str:
    """Name of the repository of a container."""
    return f"{namespace(cluster)}/{container}"


def pull_statements(plan: RegistryPlan, partition: str, account: str) -> list[Statement]:
    """Rights to pull the images of these repositories, and through these caches, and no others."""
    own = _arns(plan, (each.name for each in plan.repositories), partition, account)
    copies = _arns(plan, (f"{cache.prefix}/*" for cache in plan.caches), partition, account)
    return [login(), *allow(PULL, own), *allow(PULL + IMPORT, copies)]


def push_statements(plan: RegistryPlan, partition: str, account: str) -> list[Statement]:
    """Rights to push images to these repositories, and no others."""
    own = _arns(plan, (each.name for each in plan.repositories), partition, account)
    return [login(), *allow(PUSH, own)]


def repository_policy(plan: RegistryPlan, partition: str) -> dict[str, Any] | None:
    """Who of other accounts may pull; None for nobody."""
    if not plan.share_with:
        return None
    accounts = [f"arn:{partition}:iam::{account}:root" for account in plan.share_with]
    allowed = {
        "Sid": "Pull",
        "Effect": "Allow",
        "Principal": {"AWS": accounts},
        "Action": list(PULL),
    }
    return {"Version": "2012-10-17", "Statement": [allowed]}


def lifecycle_policy(keep_images: int | None = None) -> dict[str, Any]:
    """What ECR deletes by itself.

    Args:
        keep_images: Newest tagged images that stay. Default: all.
    """
    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": UNTAGGED_DAYS,
    }
    rules = [("parts of pushes that were broken off", untagged)]
    if keep_images is not None:
        rules.append(("protected by their tag", _newest(_MORE_THAN_EVER, PROTECTED)))
        rules.append(("all but the newest", _newest(keep_images, "*")))
    return {
        "rules": [
            {
                "rulePriority": number,
                "description": description,
                "selection": selection,
                "action": {"type": "expire"},
            }
            for number, (description, selection) in enumerate(rules, 1)
        ]
    }


def _newest(count: int, tag: str) -> dict[str, Any]:
    return {
        "tagStatus": "tagged",
        "tagPatternList": [tag],
        "countType": "imageCountMoreThan",
        "countNumber": count,
    }


def repositories(seed: Seed, found: Iterable[Image]) -> tuple[Repository, ...]:
    """Of a seed's registry, for those images that petal builds and pushes there."""
    wanted = [
        Repository(repository_name(seed.cluster.name, image.name), image)
        for image in found
        if image.built
    ]
    return tuple(each for each in wanted if _lies_there(each, seed.cluster.region))


def _lies_there(repository: Repository, region: str) -> bool:
    """Whether its image is not pushed elsewhere: the seed may name the repository itself."""
    reference = repository.image.reference
    if reference is None:
        return True
    host, _, name = split(reference)[0].partition("/")
    return f".dkr.ecr.{region}." in host and name == repository.name


def caches(seed: Seed) -> tuple[Cache, ...]:
    """Pull-through caches of a seed's registry."""

    def cache(name: str, upstream: str, url: str, secret: str | None = None) -> Cache:
        return Cache(name, _prefix(seed.cluster.name, name), upstream, url, secret)

    found = []
    if seed.registry.public_cache:
        found.append(cache("public", "ecr-public", "public.ecr.aws"))
    if secret := seed.registry.github_secret:
        found.append(cache("ghcr", "github-container-registry", "ghcr.io", secret))
    return tuple(found)


def _prefix(cluster: str, cache: str) -> str:
    """Of the cluster's own: a rule's prefix is taken for the whole account and region."""
    name = namespace(cluster)
    room = _PREFIX_CHARACTERS - len(f"/{cache}")
    if len(name) > room:
        digits = sha256(name.encode()).hexdigest()[:_HASH_DIGITS]
        name = f"{name[: room - len(digits) - 1].rstrip('-')}-{digits}"
    return f"{name}/{cache}"


def _arns(plan: RegistryPlan, names: Iterable[str], partition: str, account: str) -> list[str]:
    return [repository_arn(partition, plan.region, account, name) for name in names]
