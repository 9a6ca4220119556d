"""The judges of templates find what is planted, and an acknowledged finding keeps its reason."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment
from constructs import IConstruct

from tests.oracles.templates import (
    cfn_lint_errors,
    cfn_lint_findings,
    nag,
    nag_findings,
)

PARTITION, ACCOUNT = "<AWS::Partition>", "<AWS::AccountId>"


class Stack(cdk.Stack):
    """The kinds of resources that a ParallelCluster stack holds."""

    def __init__(self, app: cdk.App) -> None:
        super().__init__(app, "Sample", env=cdk.Environment(region="us-east-1"))
        self.bucket = s3.Bucket(self, "Scripts", enforce_ssl=True)
        self.deployment = s3_deployment.BucketDeployment(
            self,
            "Upload",
            sources=[s3_deployment.Source.data("head.sh", "#!/bin/bash\n")],
            destination_bucket=self.bucket,
        )
        self.vpc = ec2.Vpc(self, "Network", max_azs=2)
        self.policy = iam.ManagedPolicy(
            self,
            "ReadScripts",
            statements=[
                iam.PolicyStatement(
                    actions=["s3:GetObject"], resources=[self.bucket.arn_for_objects("*")]
                )
            ],
        )
        provider = cdk.CfnStack(
            self, "Provider", template_url="https://example.s3.amazonaws.com/cluster.yaml"
        )
        cdk.CustomResource(
            self,
            "Cluster",
            resource_type="Custom::PclusterCluster",
            service_token=provider.get_att("Outputs.ServiceToken").to_string(),
            properties={"ClusterName": "sample"},
        )


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(cdk.App(outdir=str(tmp_path)))


def acknowledge(construct: IConstruct, reason: str, *rules: str) -> None:
    cdk.Validations.of(construct).acknowledge(
        *(
            cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
            for rule in rules
        )
    )


def acknowledge_all(stack: Stack) -> None:
    bucket = stack.get_logical_id(stack.bucket.node.default_child)
    assets = f"arn:{PARTITION}:s3:::cdk-hnb659fds-assets-{ACCOUNT}-us-east-1/*"
    basic = f"arn:{PARTITION}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    acknowledge(stack.bucket, "nobody but the stack writes here", "S1")
    acknowledge(stack.vpc, "a flow log costs more than it tells", "VPC7")
    acknowledge(stack.policy, "every script in the bucket", f"IAM5[Resource::<{bucket}.Arn>/*]")
    acknowledge(
        # The function is one for the whole stack, beside the deployment and not below it.
        stack.deployment.handler_role.node.scope,
        "the CDK's own function; the grants are the CDK's",
        "L1",
        f"IAM4[Policy::{basic}]",
        *(
            f"IAM5[Action::s3:{action}*]"
            for action in ("GetObject", "GetBucket", "List", "DeleteObject", "Abort")
        ),
        f"IAM5[Resource::{assets}]",
        f"IAM5[Resource::<{bucket}.Arn>/*]",
    )


def test_nag_names_rule_and_construct(stack: Stack) -> None:
    found = {
        finding.partition(": AwsSolutions-")[::2] for finding in nag_findings(cdk.App.of(stack))
    }

    assert (
        "Sample/Scripts/Resource",
        "S1: The S3 Bucket has server access logs disabled.",
    ) in found
    assert (
        "Sample/Network/Resource",
        "VPC7: The VPC does not have an associated Flow Log.",
    ) in found


def test_an_acknowledged_finding_keeps_its_reason(stack: Stack) -> None:
    acknowledge_all(stack)

    findings = nag(cdk.App.of(stack))

    assert [str(finding) for finding in findings if not finding.reason] == []
    assert len(findings) > 10
    reasons = {finding.rule: finding.reason for finding in findings}
    assert reasons["AwsSolutions-VPC7"] == "a flow log costs more than it tells"


def test_an_acknowledgment_reaches_no_further_than_its_construct(stack: Stack) -> None:
    acknowledge_all(stack)
    s3.Bucket(stack, "Other", enforce_ssl=True)

    (finding,) = nag_findings(cdk.App.of(stack))

    assert finding.startswith("Sample/Other/Resource: AwsSolutions-S1: ")


def test_cfn_lint_passes_what_the_cdk_writes(stack: Stack) -> None:
    template = cdk.App.of(stack).synth().get_stack_by_name("Sample").template

    assert cfn_lint_errors(template, "us-east-1") == []


def test_cfn_lint_finds_a_planted_fault() -> None:
    template = {
        "Resources": {
            "Vpc": {
                "Type": "AWS::EC2::VPC",
                "Properties": {"CidrBlock": "10.0.0.0/16", "Size": 4},
            },
            "Lost": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Nowhere"}}},
        },
        "Parameters": {"Unused": {"Type": "String"}},
    }

    errors = cfn_lint_errors(template, "us-east-1")

    assert {error.split(":")[0] for error in errors} == {
        "E1020 Resources/Lost/Properties/BucketName/Ref",
        "E3002 Resources/Vpc/Properties/Size",
    }
    assert any(found.startswith("W2001") for found in cfn_lint_findings(template, "us-east-1"))
