"""The files that nodes read, and the right to read them and the users' buckets."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from constructs import Construct

from petal_constructs.catalog import parallelcluster
from petal_constructs.constructs.acknowledge import (
    acknowledge,
    acknowledge_deployment,
    objects_arn,
    partition_of,
)
from petal_constructs.plan.bucket_access import (
    Statement,
    file_statements,
    mount_statements,
    object_statements,
    packed,
)
from petal_constructs.plan.pulled_images import pull_statements
from petal_constructs.platforms.parallelcluster.rendering import node_files, scripts_prefix
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan


class NodeFiles(Construct):
    """A bucket with the node files under fixed keys.

    Keys are fixed because ParallelCluster refuses every update that changes the address of the head
    node's script.

    Attributes:
        bucket: The bucket.
        uri: Where the files lie, `s3://bucket/petal/<cluster>`.
        deployment: What copies them there; nodes must wait for it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: ParallelClusterPlan,
        encryption_key: kms.IKey | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        prefix = scripts_prefix(plan)
        self.bucket = s3.Bucket(
            self,
            "Resource",
            encryption=s3.BucketEncryption.KMS
            if encryption_key
            else s3.BucketEncryption.S3_MANAGED,
            encryption_key=encryption_key,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            # Nothing in it but what the deployment puts there: it goes with the stack.
            removal_policy=cdk.RemovalPolicy.DESTROY,
            auto_delete_objects=True,
        )
        self.uri = f"s3://{self.bucket.bucket_name}/{prefix}"
        with tempfile.TemporaryDirectory() as folder:
            for path, text in node_files(plan).items():
                file = Path(folder, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            self.deployment = deployment.BucketDeployment(
                self,
                "Deployment",
                sources=[deployment.Source.asset(folder)],
                destination_bucket=self.bucket,
                destination_key_prefix=prefix,
                prune=True,
            )
        acknowledge(
            self, {"S1": "holds scripts that petal can make again; nobody else writes to it"}
        )
        acknowledge_deployment(self.deployment, self.bucket)


class NodePolicies(Construct):
    """Managed policies: what every node may do, and what AWS's provider function may do besides.

    A mount changes the text of a policy, and the cluster configuration only where one policy more
    is needed. Nothing drains; login nodes alone must be stopped for a policy more.

    Attributes:
        of_nodes: For every node: read the node files and the build cache, use the mounted buckets.
            More than one policy only where their text outgrows IAM's limit.
        of_head: For the head node alone: attach a volume that a key of yours encrypts, pull images,
            read the key of tokens.
        of_scripts: For nodes of queues that run scripts of the site: read these.
        of_provider: For the function that makes the cluster: see the node files, use the key, see
            that there are secrets, bound roles. None where that function stands already.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: ParallelClusterPlan,
        files: NodeFiles,
        encryption_key: kms.IKey | None = None,
        secret_arns: Sequence[str] = (),
        token_key_arn: str | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._plan = plan
        reading = file_statements(files.bucket.bucket_arn, scripts_prefix(plan))
        volume = []
        if encryption_key is not None:
            reading.append(_allow(["kms:Decrypt"], [encryption_key.key_arn]))
            volume = _volume_statements(encryption_key)
        partition = cdk.Stack.of(self).partition
        mounts = [s for bucket in plan.buckets for s in mount_statements(bucket, partition)]
        self.of_nodes = [
            policy
            for index, group in enumerate(packed([*reading, *mounts]))
            for policy in self._policy(f"Node{index}", group, "Nodes", "their files and buckets")
        ]
        pulls = pull_statements(plan.images, partition)
        self.of_head = [
            *self._policy("Head", volume, "Head node", "its encrypted volume"),
            *self._policy("Images", pulls, "Head node", "the images that it pulls"),
            # Not the login nodes: nothing promises that users there cannot use their rights.
            *self._policy("TokenKey", self._key(token_key_arn), "Head node", "the key of tokens"),
        ]
        if pulls:
            reason = "tokens of ECR are for a whole registry; pulling is for named repositories"
            acknowledge(self, {"IAM5[Resource::*]": reason})
        scripts = object_statements(plan.script_urls, partition)
        self.of_scripts = self._policy("Scripts", scripts, "Nodes", "scripts of queues")
        self.of_provider: list[iam.ManagedPolicy] = []
        if plan.roles.provider is None:
            asked = [*_secret_statements(secret_arns), *self._boundary_statements()]
            everything = [*reading, *volume, *asked]
            own = self._policy("Provider", everything, "Provider", "the node files")
            self.of_provider = [*own, *self.of_scripts]
        wildcards = [objects_arn(files.bucket, scripts_prefix(plan))] + [
            f"arn:{partition_of(self)}:s3:::{bucket.bucket}/{bucket.prefix}*"
            for bucket in plan.buckets
        ]
        reason = "objects below the cluster's own prefix, and in the buckets that the seed names"
        acknowledge(self, {f"IAM5[Resource::{arn}]": reason for arn in wildcards})

    def _key(self, arn: str | None) -> list[Statement]:
        """Read the key, and the parameter that says which secret it is."""
        known = self._plan.submission
        if arn is None or known is None:
            return []
        stack = cdk.Stack.of(self)
        place = f"arn:{stack.partition}:ssm:{stack.region}:{stack.account}"
        return [
            _allow(["secretsmanager:GetSecretValue"], [arn]),
            _allow(["ssm:GetParameter"], [f"{place}:parameter{known.key_parameter}"]),
        ]

    def _boundary_statements(self) -> list[Statement]:
        """AWS's provider may make roles, but not bound those that stand (policies of 3.12).

        To take the boundary off again is the way back of an update that fails.
        """
        boundary = self._plan.roles.boundary
        if boundary is None:
            return []
        stack = cdk.Stack.of(self)
        below = f"role{parallelcluster.FACTS.roles.path}*"
        shown = f"arn:{partition_of(self)}:iam::<AWS::AccountId>:{below}"
        reason = "roles of ParallelCluster, which get the seed's own boundary and no other"
        acknowledge(self, {f"IAM5[Resource::{shown}]": reason})
        return [
            _allow(
                ["iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"],
                [f"arn:{stack.partition}:iam::{stack.account}:{below}"],
                {"StringEquals": {"iam:PermissionsBoundary": boundary}},
            )
        ]

    def _policy(
        self, construct_id: str, statements: Sequence[Statement], whose: str, what: str
    ) -> list[iam.ManagedPolicy]:
        """One policy; none where there is nothing to allow."""
        if not statements:
            return []
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        policy = iam.ManagedPolicy(
            self,
            construct_id,
            path=self._plan.roles.policy_path,
            description=f"{whose} of {self._plan.name}: {what}",
            document=iam.PolicyDocument.from_json(document),
        )
        return [policy]


def _allow(
    actions: list[str], resources: list[str], condition: dict[str, Any] | None = None
) -> Statement:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


def _secret_statements(arns: Sequence[str]) -> list[Statement]:
    """See that secrets are there. ParallelCluster lets the head node read them by itself.

    Source: aws-parallelcluster 3.16.1, directory_service_validators.py, cdk_builder_utils.py.
    """
    secrets = [arn for arn in arns if ":ssm:" not in arn]
    return [_allow(["secretsmanager:DescribeSecret"], secrets)] if secrets else []


def _volume_statements(key: kms.IKey) -> list[Statement]:
    """Make and attach an EBS volume under a key; grants go to AWS services alone.

    Source: Amazon EBS User Guide, "Permissions for IAM principals" of encryption.
    """
    use = [
        "Decrypt",
        "DescribeKey",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
    ]
    for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [
        _allow([f"kms:{action}" for action in use], [key.key_arn]),
        _allow(["kms:CreateGrant"], [key.key_arn], for_aws),
    ]
