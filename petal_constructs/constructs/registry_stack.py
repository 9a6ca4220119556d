"""The stack of a registry: it outlives clusters."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from petal_constructs.constructs.container_registry import ContainerRegistry
from petal_constructs.plan.registry import RegistryPlan


class ContainerRegistryStack(cdk.Stack):
    """A stack that holds one `ContainerRegistry`, tagged as the seed says.

    Args:
        scope: The app.
        construct_id: Id, and default name, of the stack.
        plan: What to make; `plan_registry(seed)` makes one.

    Attributes:
        registry: The registry.
    """

    def __init__(self, scope: Construct, construct_id: str, *, plan: RegistryPlan) -> None:
        super().__init__(
            scope,
            construct_id,
            env=cdk.Environment(region=plan.region),
            description=f"petal: container images of the HPC cluster {plan.name}",
            tags=dict(plan.tags),
        )
        self.registry = ContainerRegistry(self, "Registry", plan=plan)
        if plan.permissions_boundary is not None:
            policy = iam.ManagedPolicy.from_managed_policy_arn(
                self, "Boundary", plan.permissions_boundary
            )
            iam.PermissionsBoundary.of(self).apply(policy)
        self._outputs(plan)

    def _outputs(self, plan: RegistryPlan) -> None:
        host = self.registry.address
        cdk.CfnOutput(self, "RegistryAddress", value=host, description="What --ecr of petal takes")
        for number, repository in enumerate(plan.repositories, 1):
            where = f"{host}/{repository.name}"
            what = f"Images of {repository.image.name}"
            cdk.CfnOutput(self, f"Repository{number}", value=where, description=what)
        for cache in plan.caches:
            where = f"{host}/{cache.prefix}"
            what = f"What takes the place of {cache.url} in names of images"
            cdk.CfnOutput(self, f"Cache{cache.name.title()}", value=where, description=what)
        projects = self.registry.builder.projects if self.registry.builder else {}
        for machine, project in projects.items():
            start = f"aws codebuild start-build --region {plan.region} --project-name {project}"
            what = f"Build the images for {machine} in AWS"
            name = f"BuildCommand{machine.replace('_', '').title()}"
            cdk.CfnOutput(self, name, value=start, description=what)
