"""Seed -> the container registry: its repositories, what they keep, and who may do what there."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from petal_constructs.plan.from_seed import tags
from petal_constructs.plan.images import Image, images
from petal_constructs.plan.pulled_images import split
from petal_constructs.seed.model import Seed

Statement = dict[str, Any]

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
PULL: Final = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
PUSH: Final = (
    *PULL,
    "CompleteLayerUpload",
    "InitiateLayerUpload",
    "PutImage",
    "UploadLayerPart",
)
IMPORT: Final = ("BatchImportUpstreamImage", "CreateRepository")
"""What the first pull through a cache does besides."""


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
        repositories=_repositories(seed),
        caches=_caches(seed),
        keep_images=wanted.keep_images,
        share_with=wanted.share_with,
        encryption_key=wanted.encryption_key,
        keep=wanted.keep,
        compiler=software.compiler,
        build_cache=software.build_cache,
        tags=tags(seed),
        permissions_boundary=seed.cluster.permissions_boundary,
    )


def namespace(cluster: str) -> str:
    """First part of the names of a cluster's repositories: ECR takes single hyphens alone."""
    return "-".join(word for word in cluster.lower().split("-") if word)


def repository_name(cluster: str, container: str) -> str:
    """Name of the repository of a container."""
    return f"{namespace(cluster)}/{container}"


def pull_statements(plan: RegistryPlan, partition: str, account: str) -> list[Statement]:
    """Rights to pull the images of these repositories, and through these caches, and no others."""
    statements = [_login(), *_on(plan, PULL, partition, account)]
    if plan.caches:
        statements.append(
            {
                "Effect": "Allow",
                "Action": _actions(PULL + IMPORT),
                "Resource": [_arn(plan, f"{c.prefix}/*", partition, account) for c in plan.caches],
            }
        )
    return statements


def push_statements(plan: RegistryPlan, partition: str, account: str) -> list[Statement]:
    """Rights to push images to these repositories, and no others."""
    return [_login(), *_on(plan, PUSH, partition, account)]


def repository_policy(plan: RegistryPlan, partition: str) -> dict[str, Any] | None:
    """Who of other accounts may pull; None for nobody."""
    if not plan.share_with:
        return None
    accounts = [f"arn:{partition}:iam::{account}:root" for account in plan.share_with]
    allowed = {
        "Sid": "Pull",
        "Effect": "Allow",
        "Principal": {"AWS": accounts},
        "Action": _actions(PULL),
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


def _repositories(seed: Seed) -> tuple[Repository, ...]:
    wanted = [
        Repository(repository_name(seed.cluster.name, image.name), image)
        for image in images(seed)
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


def _caches(seed: Seed) -> tuple[Cache, ...]:
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


def _login() -> Statement:
    return {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": ["*"]}


def _on(
    plan: RegistryPlan, actions: tuple[str, ...], partition: str, account: str
) -> list[Statement]:
    arns = [_arn(plan, repository.name, partition, account) for repository in plan.repositories]
    return [{"Effect": "Allow", "Action": _actions(actions), "Resource": arns}] if arns else []


def _arn(plan: RegistryPlan, name: str, partition: str, account: str) -> str:
    return f"arn:{partition}:ecr:{plan.region}:{account}:repository/{name}"


def _actions(names: tuple[str, ...]) -> list[str]:
    return [f"ecr:{name}" for name in names]
