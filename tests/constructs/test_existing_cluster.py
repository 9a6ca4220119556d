"""Slurm in an EKS cluster that stands already: petal adds Slurm, folders and queues alone."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import cdk8s
import cdk8s_plus_36 as kplus
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam

from petal_constructs.app import new_app
from petal_constructs.errors import UsageError
from petal_constructs.platforms.pcs.construct import ExistingCluster, PcsEks
from tests.manifests.graph import out_of_order
from tests.manifests.judge import holding, manifests, releases
from tests.pcs.plans import BIO, plan_of


class Campus(cdk.Stack):
    """A stack of somebody with a VPC and an EKS cluster."""

    def __init__(self, app: cdk.App) -> None:
        super().__init__(app, "Campus", env=cdk.Environment(region="us-east-1"))
        self.vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id="vpc-0123456789abcdef0",
            vpc_cidr_block="10.20.0.0/16",
            availability_zones=["us-east-1a", "us-east-1b"],
            private_subnet_ids=["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        )
        cluster = eks.Cluster.from_cluster_attributes(
            self,
            "Eks",
            cluster_name="campus",
            vpc=self.vpc,
            kubectl_provider=eks.KubectlProvider.from_kubectl_provider_attributes(
                self,
                "Kubectl",
                service_token="arn:aws:lambda:us-east-1:123456789012:function:kubectl",
                role=iam.Role.from_role_arn(
                    self, "KubectlRole", "arn:aws:iam::123456789012:role/kubectl"
                ),
            ),
        )
        self.existing = ExistingCluster(
            cluster=cluster,
            node_role="campus-nodes",
            security_group_id="sg-0123456789abcdef0",
            private_subnet_ids=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
            ready_for_pods=cluster,
            ready_for_nodes=cluster,
            placement_groups={},
        )


@pytest.fixture
def campus(tmp_path):
    return Campus(new_app(tmp_path))


def template(stack):
    app = cdk.App.of(stack)
    app.synth()
    return json.loads(Path(app.outdir, "Campus.template.json").read_text("utf-8"))


def test_neither_cluster_nor_nodes_nor_karpenter_are_made(campus):
    PcsEks(campus, "Hpc", plan=plan_of(BIO), vpc=campus.vpc, existing=campus.existing)

    made = template(campus)
    kinds = {resource["Type"] for resource in made["Resources"].values()}

    assert not kinds & {"AWS::EKS::Cluster", "AWS::EKS::Nodegroup", "AWS::EKS::Addon"}
    assert not kinds & {"AWS::EC2::VPC", "AWS::SQS::Queue"}
    assert not releases(made, "karpenter")
    assert len(releases(made, "slurm-operator")) == 1
    assert holding(made, "NodePool")
    assert holding(made, "NodeSet")


def test_kubectl_prunes_nothing_that_the_operator_made(campus):
    """It gives its pods, services and secrets the labels and annotations of their resource."""
    PcsEks(campus, "Hpc", plan=plan_of(BIO), vpc=campus.vpc, existing=campus.existing)

    made = template(campus)
    operated = holding(made, "Controller", "RestApi", "LoginSet", "NodeSet", "Token")
    assert operated
    for name in operated:
        assert "PruneLabel" not in made["Resources"][name]["Properties"]
        for found in manifests(made)[name]:
            assert "aws.cdk.eks/prune" not in json.dumps(found["metadata"])


def test_a_chart_of_your_own_comes_after_slurm(campus):
    hpc = PcsEks(campus, "Hpc", plan=plan_of(BIO), vpc=campus.vpc, existing=campus.existing)
    chart = cdk8s.Chart(cdk8s.App(), "notebooks", namespace="notebooks")
    kplus.ConfigMap(chart, "settings", data={"partition": "compute"})

    hpc.add_chart("Notebooks", chart)

    made = template(campus)
    assert holding(made, "Controller")
    assert out_of_order(made, releases(made, "petal-drain"), _holding_settings(made)) == []


def _holding_settings(made):
    return [
        name
        for name, resource in made["Resources"].items()
        if '"partition":"compute"' in json.dumps(resource).replace("\\", "")
    ]


def test_an_existing_cluster_needs_its_vpc(campus):
    with pytest.raises(
        Exception, match="an existing EKS cluster stands in a VPC of yours"
    ) as error:
        PcsEks(campus, "Hpc", plan=plan_of(BIO), existing=campus.existing)

    assert isinstance(error.value, UsageError)
