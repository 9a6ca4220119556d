"""The public names, in an app of one's own."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2

from petal_constructs import HybridCluster, HybridClusterStack, new_app
from petal_constructs.errors import UsageError
from tests.hybrid.seeds import HYBRID
from tests.stacks import BIO, plan_of

ENV = cdk.Environment(region="us-east-1")


def test_a_vpc_that_is_passed_in_holds_both_sides_and_no_other_is_made(tmp_path):
    app = new_app(tmp_path)
    network = cdk.Stack(app, "Network", env=ENV)
    vpc = ec2.Vpc(network, "Campus", max_azs=2)
    stack = cdk.Stack(app, "Hpc", env=ENV)

    hpc = HybridCluster(stack, "Genomics", plan=plan_of(HYBRID), vpc=vpc)

    template = assertions.Template.from_stack(stack)
    template.resource_count_is("AWS::EC2::VPC", 0)
    template.resource_count_is("AWS::EKS::Cluster", 1)
    template.resource_count_is("Custom::PclusterCluster", 1)
    assert hpc.parallelcluster.network.vpc_id == hpc.pcs.network.vpc_id == vpc.vpc_id


def test_ports_may_be_opened_from_one_side_to_the_other(tmp_path):
    stack = cdk.Stack(new_app(tmp_path), "Hpc", env=ENV)
    hpc = HybridCluster(stack, "Genomics", plan=plan_of(HYBRID))

    ec2.CfnSecurityGroupIngress(
        stack,
        "RestFromLogins",
        group_id=hpc.pcs_group_id,
        ip_protocol="tcp",
        from_port=6820,
        to_port=6820,
        source_security_group_id=hpc.parallelcluster_group_id,
    )

    assertions.Template.from_stack(stack).has_resource_properties(
        "AWS::EC2::SecurityGroupIngress", {"FromPort": 6820}
    )


def test_a_plan_for_one_platform_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be built as a hybrid cluster"):
        HybridClusterStack(new_app(tmp_path), "Hpc", plan=plan_of(BIO))
