"""The example app, synthesised as its reader would."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.docs.pages import ROOT

FOLDER = ROOT / "examples" / "existing_app"


@pytest.fixture(scope="module")
def resources(tmp_path_factory):
    out = tmp_path_factory.mktemp("assembly")
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=FOLDER,
        env={**os.environ, "CDK_OUTDIR": str(out), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads((out / "Research.template.json").read_text("utf-8"))["Resources"]


def test_the_cluster_stands_in_the_network_of_the_app(resources):
    (vpc,) = of_type(resources, "AWS::EC2::VPC")
    networking = configuration(resources)["HeadNode"]["Networking"]
    queues = configuration(resources)["Scheduling"]["SlurmQueues"]

    assert vpc.startswith("Network")
    for subnet in (networking["SubnetId"], *(q["Networking"]["SubnetIds"][0] for q in queues)):
        assert resources[subnet["Ref"]]["Properties"]["VpcId"] == {"Ref": vpc}


def test_the_key_of_the_app_encrypts_the_volume_and_the_node_files(resources):
    (key,) = of_type(resources, "AWS::KMS::Key")
    (volume,) = configuration(resources)["SharedStorage"]
    (files,) = (
        resources[bucket]["Properties"]
        for bucket in of_type(resources, "AWS::S3::Bucket")
        if bucket.startswith("Hpc")
    )
    (rule,) = files["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert volume["EbsSettings"]["KmsKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    assert rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == {"Fn::GetAtt": [key, "Arn"]}


def test_nodes_may_read_the_archive_that_the_app_granted(resources):
    (archive,) = (b for b in of_type(resources, "AWS::S3::Bucket") if b.startswith("Archive"))
    policies = of_type(resources, "AWS::IAM::ManagedPolicy").values()
    (nodes,) = (p["Properties"] for p in policies if archive in json.dumps(p))
    listed = json.dumps(configuration(resources)["HeadNode"]["Iam"])

    assert nodes["Path"] == "/parallelcluster/petal/"
    assert any(ref in listed for ref, r in resources.items() if r.get("Properties") is nodes)


def of_type(resources, kind):
    return {name: r for name, r in resources.items() if r["Type"] == kind}


def configuration(resources):
    (cluster,) = of_type(resources, "Custom::PclusterCluster").values()
    return cluster["Properties"]["ClusterConfiguration"]
