"""A CDK app with the parts of a ParallelCluster stack that a moto server finds hard."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment

HOSTED = (
    "https://${AWS::Region}-aws-parallelcluster.s3.${AWS::Region}.${AWS::URLSuffix}"
    "/parallelcluster/3.16.1/templates/custom_resource/cluster.yaml"
)

app = cdk.App()
stack = cdk.Stack(app, "Sample", env=cdk.Environment(region="us-east-1"))
bucket = s3.Bucket(stack, "Scripts", removal_policy=cdk.RemovalPolicy.DESTROY)
upload = s3_deployment.BucketDeployment(
    stack,
    "Upload",
    sources=[s3_deployment.Source.data("head.sh", f"#!/bin/bash\necho {bucket.bucket_name}\n")],
    destination_bucket=bucket,
    destination_key_prefix="scripts",
)
network = ec2.Vpc(stack, "Network", max_azs=2)
policy = iam.ManagedPolicy(
    stack,
    "ReadScripts",
    statements=[
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[bucket.arn_for_objects("*")])
    ],
)
provider = cdk.CfnStack(
    stack,
    "Provider",
    template_url=cdk.Fn.sub(HOSTED),
    parameters={"AdditionalIamPolicies": policy.managed_policy_arn},
)
cluster = cdk.CustomResource(
    stack,
    "Cluster",
    resource_type="Custom::PclusterCluster",
    service_token=provider.get_att("Outputs.ServiceToken").to_string(),
    properties={
        "ClusterName": "sample-cluster",
        "ClusterConfiguration": {
            "HeadNode": {"Networking": {"SubnetId": network.public_subnets[0].subnet_id}},
            "Scheduling": {"MaxCount": int(app.node.try_get_context("max_count") or 10)},
        },
    },
)
cluster.node.add_dependency(upload)
cdk.CfnOutput(stack, "HeadNode", value=cluster.get_att_string("headNode.publicIpAddress"))
cdk.CfnOutput(stack, "Bucket", value=bucket.bucket_name)
app.synth()
