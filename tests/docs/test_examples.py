"""The example apps, synthesised as their readers would."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.docs.pages import ROOT
from tests.manifests.core import name_errors, schema_errors
from tests.manifests.graph import depends_on
from tests.manifests.judge import manifests
from tests.manifests.policies import Pod, allowed


@pytest.fixture(scope="module")
def resources(tmp_path_factory):
    out = tmp_path_factory.mktemp("assembly")
    return synthesised("existing_app", out)["Research"]["Resources"]


@pytest.fixture(scope="module")
def campus(tmp_path_factory):
    return synthesised("existing_cluster", tmp_path_factory.mktemp("assembly"))["Campus"]


def synthesised(example, out):
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT / "examples" / example,
        env={**os.environ, "CDK_OUTDIR": str(out), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    suffix = ".template.json"
    found = out.glob(f"*{suffix}")
    return {file.name.removesuffix(suffix): json.loads(file.read_text("utf-8")) for file in found}


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


def test_slurm_on_eks_stands_in_the_network_of_the_app(campus):
    (vpc,) = of_type(campus["Resources"], "AWS::EC2::VPC")
    (cluster,) = of_type(campus["Resources"], "AWS::EKS::Cluster").values()

    assert vpc.startswith("Network")
    for subnet in cluster["Properties"]["ResourcesVpcConfig"]["SubnetIds"]:
        assert campus["Resources"][subnet["Ref"]]["Properties"]["VpcId"] == {"Ref": vpc}


def test_kubernetes_would_take_the_objects_that_the_app_adds(campus):
    added = manifests(campus)[board(campus)]

    assert {found["kind"] for found in added} == {"ConfigMap", "Deployment", "Service"}
    assert [e for found in added for e in schema_errors(found, "1.36") + name_errors(found)] == []


def test_jobs_reach_the_pods_that_the_app_adds(campus):
    every = [found for group in manifests(campus).values() for found in group]
    (server,) = (f for f in manifests(campus)[board(campus)] if f["kind"] == "Deployment")
    labels = server["spec"]["template"]["metadata"]["labels"]
    place = server["metadata"]["namespace"]
    job = Pod(place, (("app.kubernetes.io/name", "slurmd"),), ip="10.0.1.7")
    page = Pod(place, tuple(labels.items()), ip="10.0.2.7")

    assert allowed(every, job, page, 8000)
    assert not allowed(every, Pod("default", ip="10.0.3.7"), page, 8000)


def test_what_the_app_adds_goes_before_slurm(campus):
    (drain,) = (name for name in campus["Resources"] if "Drain" in name)

    assert depends_on(campus, board(campus), drain)


def board(template):
    (found,) = (name for name in template["Resources"] if "Board" in name)
    return found


def of_type(resources, kind):
    return {name: r for name, r in resources.items() if r["Type"] == kind}


def configuration(resources):
    (cluster,) = of_type(resources, "Custom::PclusterCluster").values()
    return cluster["Properties"]["ClusterConfiguration"]
