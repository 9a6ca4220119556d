"""Repositories for the images that petal builds, and what AWS keeps copies of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from constructs import Construct

from petal_constructs.constructs.image_builder import ImageBuilder
from petal_constructs.constructs.keep import removal_policy
from petal_constructs.plan.bucket_access import Statement
from petal_constructs.plan.registry import (
    Cache,
    RegistryPlan,
    Repository,
    lifecycle_policy,
    pull_statements,
    repository_policy,
)


class ContainerRegistry(Construct):
    """A repository in Amazon ECR for each image that petal builds, and projects that build them.

    Tags never move, each image is scanned when it is pushed, and what has no tag goes after two
    weeks. Stored gigabytes and minutes of builds are billed. The images stay when the stack is
    deleted; ones that the seed does not keep go with it if the app's context says so too:
    `-c petal:destroy-data=true`.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`. Renaming it asks for repositories that
            exist already, which ECR refuses.
        plan: What to make; `plan_registry(seed)` makes one.

    Attributes:
        address: Host of the registry, which names of its images begin with.
        repositories: Name of a container -> its `AWS::ECR::Repository`.
        builder: What builds the images in AWS; None where petal builds none.

    Example:
        >>> stack = cdk.Stack(cdk.App(), "Images")
        >>> registry = ContainerRegistry(stack, "Registry", plan=plan_registry(seed))
    """

    def __init__(self, scope: Construct, construct_id: str, *, plan: RegistryPlan) -> None:
        super().__init__(scope, construct_id)
        self._plan = plan
        stack = cdk.Stack.of(self)
        self.address = f"{stack.account}.dkr.ecr.{stack.region}.{stack.url_suffix}"
        self.repositories = {r.image.name: self._repository(r) for r in plan.repositories}
        for cache in plan.caches:
            self._cache(cache)
        self.builder = (
            ImageBuilder(self, "Builder", plan=plan, registry=self.address)
            if plan.repositories
            else None
        )

    def pull_statements(self) -> Sequence[Statement]:
        """IAM statements that let a role pull from here, and from nowhere else."""
        stack = cdk.Stack.of(self)
        return pull_statements(self._plan, stack.partition, stack.account)

    def _repository(self, wanted: Repository) -> ecr.CfnRepository:
        plan = self._plan
        policy = removal_policy(self, plan)
        goes = policy is cdk.RemovalPolicy.DESTROY
        made = ecr.CfnRepository(
            self,
            f"Image-{wanted.image.name}",
            repository_name=wanted.name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.CfnRepository.ImageScanningConfigurationProperty(
                scan_on_push=True
            ),
            encryption_configuration=_encryption(plan.encryption_key),
            lifecycle_policy=ecr.CfnRepository.LifecyclePolicyProperty(
                lifecycle_policy_text=json.dumps(lifecycle_policy(plan.keep_images))
            ),
            repository_policy_text=repository_policy(plan, cdk.Stack.of(self).partition),
            empty_on_delete=True if goes else None,
        )
        made.apply_removal_policy(policy)
        return made

    def _cache(self, wanted: Cache) -> None:
        ecr.CfnPullThroughCacheRule(
            self,
            f"Cache-{wanted.name}",
            ecr_repository_prefix=wanted.prefix,
            upstream_registry=wanted.upstream,
            upstream_registry_url=wanted.url,
            credential_arn=wanted.secret_arn,
        )
        ecr.CfnRepositoryCreationTemplate(
            self,
            f"Copies-{wanted.name}",
            applied_for=["PULL_THROUGH_CACHE"],
            prefix=wanted.prefix,
            description=f"Copies of images of {wanted.url}",
            # ECR follows tags that move in the upstream registry.
            image_tag_mutability="MUTABLE",
            lifecycle_policy=json.dumps(lifecycle_policy()),
        )


def _encryption(key: str | None) -> Any:
    if key is None:
        return None
    return ecr.CfnRepository.EncryptionConfigurationProperty(encryption_type="KMS", kms_key=key)
