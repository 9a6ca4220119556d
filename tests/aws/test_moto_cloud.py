"""How far a moto server carries a stack of the kind that petal deploys."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.aws.cloud import Cloud

pytestmark = pytest.mark.oracle
APP = f"{sys.executable} {Path(__file__).with_name('sample_app.py')}"


def test_a_cluster_stack_lives_from_deploy_to_destroy(moto_cloud: Cloud, tmp_path: Path) -> None:
    app = ("--app", APP, "--output", tmp_path / "cdk.out")

    deployed = moto_cloud.deploy(*app)
    assert deployed.returncode == 0, deployed.stderr
    outputs = moto_cloud.outputs("Sample")
    updated = moto_cloud.deploy(*app, "-c", "max_count=20")
    assert updated.returncode == 0, updated.stderr
    script = moto_cloud.client("s3").get_object(Bucket=outputs["Bucket"], Key="scripts/head.sh")
    destroyed = moto_cloud.cdk("destroy", *app, "--force")
    assert destroyed.returncode == 0, destroyed.stderr

    assert outputs["HeadNode"] == "192.0.2.10"
    assert script["Body"].read().decode() == f"#!/bin/bash\necho {outputs['Bucket']}\n"
    created, changed, ended = moto_cloud.events
    assert [e["RequestType"] for e in (created, changed, ended)] == ["Create", "Update", "Delete"]
    before, after = (e["ResourceProperties"]["ClusterConfiguration"] for e in (created, changed))
    assert before["HeadNode"]["Networking"]["SubnetId"].startswith("subnet-")
    assert before == changed["OldResourceProperties"]["ClusterConfiguration"]
    assert (before["Scheduling"], after["Scheduling"]) == ({"MaxCount": 10}, {"MaxCount": 20})
    vpcs = moto_cloud.client("ec2").describe_vpcs()["Vpcs"]
    assert [vpc["IsDefault"] for vpc in vpcs] == [True]


def test_a_cluster_resource_needs_its_provider(moto_cloud: Cloud, tmp_path: Path) -> None:
    moto_cloud.client("s3").delete_object(
        Bucket="us-east-1-aws-parallelcluster",
        Key="parallelcluster/3.16.1/templates/custom_resource/cluster.yaml",
    )

    deployed = moto_cloud.deploy("--app", APP, "--output", tmp_path / "cdk.out")

    assert deployed.returncode == 1
    assert moto_cloud.events == []
