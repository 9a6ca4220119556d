"""AWS CodeBuild builds the images of a registry, for who has no container tool."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from petal_constructs.catalog import codebuild as catalog
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.constructs.acknowledge import acknowledge, acknowledge_assets
from petal_constructs.plan.registry import RegistryPlan, push_statements
from petal_constructs.render.image_bundle import BUILDSPEC, image_bundle

_REASONS: Final = {"CB4": "it puts nothing out but images, which the registry encrypts"}


class ImageBuilder(Construct):
    """A CodeBuild project for each processor architecture; nothing runs until one is started.

    Each builds what the registry lacks, pushes it, and whichever ends last makes the lists over
    both architectures. What they build from is uploaded when the stack is deployed.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        plan: What it builds.
        registry: Address of the registry that it pushes to.

    Attributes:
        projects: Machine, as `uname -m` says it -> name of its project.
        role: What builds may do.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, plan: RegistryPlan, registry: str
    ) -> None:
        super().__init__(scope, construct_id)
        self._registry = registry
        source = self._source(plan)
        log = logs.CfnLogGroup(self, "Log", retention_in_days=DEFAULTS.function_log_days.value)
        log.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        self.role = self._role(plan, source, log)
        self.projects = {machine: self._project(machine, source, log) for machine in plan.machines}

    def _source(self, plan: RegistryPlan) -> assets.Asset:
        with tempfile.TemporaryDirectory() as folder:
            for path, text in image_bundle(plan).items():
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            return assets.Asset(self, "Source", path=folder)

    def _role(self, plan: RegistryPlan, source: assets.Asset, log: logs.CfnLogGroup) -> iam.Role:
        stack = cdk.Stack.of(self)
        statements = push_statements(plan, stack.partition, stack.account)
        writing = ["logs:CreateLogStream", "logs:PutLogEvents"]
        statements.append({"Effect": "Allow", "Action": writing, "Resource": [log.attr_arn]})
        policy = iam.PolicyDocument.from_json({"Version": "2012-10-17", "Statement": statements})
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("codebuild.amazonaws.com"),
            inline_policies={"build": policy},
        )
        source.grant_read(role)
        acknowledge_assets(role, "what images are built from")
        reason = "ecr:GetAuthorizationToken knows no resources"
        acknowledge(role, {"IAM5[Resource::*]": reason})
        return role

    def _project(self, machine: str, source: assets.Asset, log: logs.CfnLogGroup) -> str:
        facts, property_of = catalog.facts(), codebuild.CfnProject
        variable = property_of.EnvironmentVariableProperty
        name = f"{cdk.Stack.of(self).stack_name}-{machine}"
        project = codebuild.CfnProject(
            self,
            f"Project-{machine}",
            name=name,
            description=f"Builds the container images of petal for {machine}",
            service_role=self.role.role_arn,
            artifacts=property_of.ArtifactsProperty(type="NO_ARTIFACTS"),
            cache=property_of.ProjectCacheProperty(
                type="LOCAL", modes=["LOCAL_DOCKER_LAYER_CACHE"]
            ),
            environment=property_of.EnvironmentProperty(
                type=facts.machines[machine].type,
                image=facts.machines[machine].image,
                compute_type=facts.compute_type,
                privileged_mode=True,
                environment_variables=[variable(name="PETAL_REGISTRY", value=self._registry)],
            ),
            source=property_of.SourceProperty(
                type="S3",
                location=f"{source.s3_bucket_name}/{source.s3_object_key}",
                build_spec=BUILDSPEC,
            ),
            logs_config=property_of.LogsConfigProperty(
                cloud_watch_logs=property_of.CloudWatchLogsConfigProperty(
                    status="ENABLED", group_name=log.ref
                )
            ),
            timeout_in_minutes=facts.timeout_minutes,
        )
        acknowledge(project, _REASONS)
        return name
