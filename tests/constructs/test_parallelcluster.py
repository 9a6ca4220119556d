"""The stack of a ParallelCluster: what it holds and keeps, what changes in it and what does not."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from petal_constructs import ParallelCluster, ParallelClusterStack
from petal_constructs.errors import UsageError
from petal_constructs.plan.values import Network, S3Mount, User
from petal_constructs.platforms.parallelcluster.values import Script
from tests.stacks import BIO, cluster_configuration, plan_of, resources, synthesised, template_of


def changed(**parts: Any) -> Any:
    return dataclasses.replace(plan_of(BIO), **parts)


def existing_network(**parts: Any) -> Network:
    ids = {
        "vpc_id": "vpc-0123456789abcdef0",
        "public_subnet_ids": ("subnet-0123456789abcdef0",),
        "private_subnet_ids": ("subnet-0123456789abcdef1",),
        "ssh_from": ("192.0.2.0/24",),
    }
    return Network(**ids | parts)


def test_ids_of_what_holds_state_are_a_contract():
    """A new logical id replaces the resource, be it the cluster or the scripts it boots from."""
    template = template_of(BIO)

    assert list(resources(template, "Custom::PclusterCluster")) == ["ClusterEB0386A7"]
    assert list(resources(template, "AWS::S3::Bucket")) == ["ClusterNodeFiles2129D439"]
    assert list(resources(template, "AWS::EC2::VPC")) == ["ClusterNetworkVpcC6C4EC94"]
    assert list(resources(template, "AWS::CloudFormation::Stack")) == ["ClusterProviderE2138BF9"]


def test_the_shared_volume_and_the_homes_outlive_the_cluster():
    config = cluster_configuration(template_of(BIO))

    (volume,) = config["SharedStorage"]
    assert volume["MountDir"] == "/petal"
    assert volume["EbsSettings"]["DeletionPolicy"] == "Retain"
    root = config["HeadNode"]["LocalStorage"]["RootVolume"]
    assert root["DeleteOnTermination"] is False


def test_disks_are_encrypted_and_instance_metadata_is_version_2_only():
    config = cluster_configuration(template_of(BIO))

    assert config["Imds"] == {"ImdsSupport": "v2.0"}
    assert config["HeadNode"]["Imds"] == {"Secured": True}
    assert config["HeadNode"]["LocalStorage"]["RootVolume"]["Encrypted"]
    assert config["SharedStorage"][0]["EbsSettings"]["Encrypted"]
    for queue in config["Scheduling"]["SlurmQueues"]:
        assert queue["ComputeSettings"]["LocalStorage"]["RootVolume"]["Encrypted"]


def test_the_stack_has_another_name_than_the_cluster():
    """ParallelCluster makes a stack that is called like the cluster."""
    (cluster,) = resources(template_of(BIO), "Custom::PclusterCluster").values()

    assert cluster["Properties"]["ClusterName"] == plan_of(BIO).name


def test_nodes_wait_for_their_scripts_and_their_way_to_the_internet():
    template = template_of(BIO)
    (cluster,) = resources(template, "Custom::PclusterCluster").values()

    needed = {
        *resources(template, "Custom::CDKBucketDeployment"),
        *resources(template, "AWS::EC2::NatGateway"),
        *resources(template, "AWS::EC2::Route"),
        *resources(template, "AWS::IAM::ManagedPolicy"),
    }
    assert needed <= set(cluster["DependsOn"])


@pytest.mark.parametrize(
    "parts",
    [
        {"users": (*plan_of(BIO).users, User("newcomer", 5999, 5999))},
        {"s3_mounts": (*plan_of(BIO).s3_mounts, S3Mount("other-data", "/shared/other"))},
        {
            "software": dataclasses.replace(
                plan_of(BIO).software,
                spack_specs=(*plan_of(BIO).software.spack_specs, "bedtools2@2.31.1"),
            )
        },
        {"users": ()},
        {"s3_mounts": ()},
    ],
    ids=["a user", "a mount", "a package", "no users", "no mounts"],
)
def test_users_mounts_and_packages_change_nothing_in_the_cluster_configuration(parts):
    before, after = template_of(BIO), synthesised(changed(**parts))

    assert cluster_configuration(after) == cluster_configuration(before)
    assert after != before


def test_mounts_get_the_least_rights():
    mounts = (
        S3Mount("reads", "/data/reads", read_only=True),
        S3Mount("writes", "/data/writes", prefix="lab/2026/"),
    )
    policies = resources(synthesised(changed(s3_mounts=mounts)), "AWS::IAM::ManagedPolicy")
    statements = policies["ClusterNodePoliciesNode0959BB93A"]["Properties"]["PolicyDocument"]
    rights = {
        (str(resource), action): statement.get("Condition")
        for statement in statements["Statement"]
        for resource in as_list(statement["Resource"])
        for action in as_list(statement["Action"])
    }
    below_prefix = {"StringLike": {"s3:prefix": ["lab/2026/", "lab/2026/*"]}}

    assert {key: rights[key] for key in rights if key[0].startswith("arn:")} == {
        ("arn:aws:s3:::reads", "s3:ListBucket"): None,
        ("arn:aws:s3:::reads/*", "s3:GetObject"): None,
        ("arn:aws:s3:::writes", "s3:ListBucket"): below_prefix,
        ("arn:aws:s3:::writes/lab/2026/*", "s3:GetObject"): None,
        ("arn:aws:s3:::writes/lab/2026/*", "s3:PutObject"): None,
        ("arn:aws:s3:::writes/lab/2026/*", "s3:AbortMultipartUpload"): None,
        ("arn:aws:s3:::writes/lab/2026/*", "s3:DeleteObject"): None,
    }
    assert {policy["Properties"]["Path"] for policy in policies.values()} == {
        "/parallelcluster/petal/"  # what ParallelCluster's own role may attach to its nodes
    }


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_forty_mounts_of_the_longest_names_stay_within_the_limits_of_iam():
    mounts = tuple(S3Mount(f"{'b' * 59}-{i:03}", f"/data/{i}") for i in range(40))
    policies = resources(synthesised(changed(s3_mounts=mounts)), "AWS::IAM::ManagedPolicy")

    documents = [policy["Properties"]["PolicyDocument"] for policy in policies.values()]
    sizes = [len(json.dumps(document, separators=(",", ":"))) for document in documents]
    assert max(sizes) <= 6144  # IAM's limit for a managed policy
    assert len(sizes) <= 5  # a role may have ten; one of these is the provider's


def test_an_existing_network_is_used_by_its_ids_without_look_ups():
    template = synthesised(changed(network=existing_network()))
    config = cluster_configuration(template)

    assert not [r for r in template["Resources"].values() if r["Type"].startswith("AWS::EC2::")]
    assert config["HeadNode"]["Networking"]["SubnetId"] == "subnet-0123456789abcdef0"
    for queue in config["Scheduling"]["SlurmQueues"]:
        assert queue["Networking"]["SubnetIds"] == ["subnet-0123456789abcdef1"]


def test_without_a_public_subnet_the_head_node_is_reached_by_its_private_address():
    template = synthesised(changed(network=existing_network(public_subnet_ids=())))

    address = template["Outputs"]["HeadNodeAddress"]["Value"]["Fn::GetAtt"]
    assert address == ["ClusterEB0386A7", "headNode.privateIpAddress"]
    assert "ElasticIp" not in cluster_configuration(template)["HeadNode"]["Networking"]


def test_further_blocks_may_connect_by_a_security_group_of_ours():
    blocks = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    template = synthesised(changed(network=existing_network(ssh_from=blocks)))
    config = cluster_configuration(template)

    (group,) = resources(template, "AWS::EC2::SecurityGroup").values()
    opened = [rule["CidrIp"] for rule in group["Properties"]["SecurityGroupIngress"]]
    assert config["HeadNode"]["Ssh"]["AllowedIps"] == blocks[0]
    assert opened == list(blocks[1:])
    assert len(config["HeadNode"]["Networking"]["AdditionalSecurityGroups"]) == 1


def test_a_public_head_node_keeps_its_address_when_it_is_stopped():
    networking = cluster_configuration(template_of(BIO))["HeadNode"]["Networking"]

    assert networking["ElasticIp"] is True


def test_zones_of_a_new_network_are_the_seed_s_and_the_first_holds_the_nodes():
    network = Network(zones=("us-east-1d", "us-east-1b"), ssh_from=("192.0.2.0/24",))
    template = synthesised(changed(network=network))
    config = cluster_configuration(template)

    zones = {
        name: subnet["Properties"]["AvailabilityZone"]
        for name, subnet in resources(template, "AWS::EC2::Subnet").items()
    }
    (compute,) = config["Scheduling"]["SlurmQueues"][0]["Networking"]["SubnetIds"]
    head = config["HeadNode"]["Networking"]["SubnetId"]
    assert set(zones.values()) == {"us-east-1d", "us-east-1b"}
    assert zones[head["Ref"]] == zones[compute["Ref"]] == "us-east-1d"


def test_only_the_head_node_may_be_reached_by_sessions_and_only_services_get_grants():
    """Jobs can take the credentials of their node: what these allow, every user may do."""
    app = cdk.App()
    outer = cdk.Stack(app, "Outer", env=cdk.Environment(region="us-east-1"))
    hpc = ParallelCluster(outer, "Hpc", plan=plan_of(BIO), encryption_key=kms.Key(outer, "Key"))
    template = app.synth().get_stack_by_name("Outer").template
    rights = {
        name: policy["Properties"]["PolicyDocument"]["Statement"]
        for name, policy in resources(template, "AWS::IAM::ManagedPolicy").items()
    }

    queue = cluster_configuration(template)["Scheduling"]["SlurmQueues"][0]
    assert "AmazonSSM" not in str(queue)
    assert len(hpc.policies.of_head) == 1
    (of_nodes,) = (text for name, text in rights.items() if "Node0" in name)
    assert [s["Action"] for s in of_nodes if "kms" in str(s["Action"])] == ["kms:Decrypt"]
    grants = [s for text in rights.values() for s in text if s["Action"] == "kms:CreateGrant"]
    assert len(grants) == 2
    for statement in grants:
        assert statement["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}


def test_the_script_bucket_is_emptied_before_it_goes():
    template = template_of(BIO)

    (emptied,) = resources(template, "Custom::S3AutoDeleteObjects").values()
    (bucket,) = resources(template, "AWS::S3::Bucket")
    assert emptied["Properties"]["BucketName"] == {"Ref": bucket}


def test_a_person_is_told_how_to_log_in():
    outputs = template_of(BIO)["Outputs"]

    assert set(outputs) == {"HeadNodeAddress", "SshCommand", "SessionCommand"}


def test_a_plan_for_another_platform_is_refused():
    class PcsPlan:
        platform, name, region = "pcs", "bio", "us-east-1"

    with pytest.raises(UsageError, match="a plan for pcs cannot be built on parallelcluster"):
        ParallelClusterStack(cdk.App(), "Hpc", plan=PcsPlan())


ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


def queues_with(**parts: Any) -> Any:
    """Bio, the first queue changed."""
    first, *rest = plan_of(BIO).queues
    return changed(queues=(dataclasses.replace(first, **parts), *rest))


def test_a_queue_stands_in_the_subnets_of_its_zones():
    network = dataclasses.replace(plan_of(BIO).network, zones=ZONES)
    template = synthesised(dataclasses.replace(queues_with(subnets=(2, 0)), network=network))

    first, *rest = cluster_configuration(template)["Scheduling"]["SlurmQueues"]
    subnets = [place["Ref"] for place in first["Networking"]["SubnetIds"]]
    zones = [template["Resources"][name]["Properties"]["AvailabilityZone"] for name in subnets]
    assert zones == ["us-east-1c", "us-east-1a"]
    assert all(len(queue["Networking"]["SubnetIds"]) == 1 for queue in rest)


def test_a_queue_wants_no_more_subnets_than_the_network_has():
    plan = dataclasses.replace(queues_with(subnets=(1,)), network=existing_network())

    with pytest.raises(UsageError, match="wants 2 private subnets, the network has 1"):
        synthesised(plan)


def test_nodes_and_provider_may_read_exactly_the_scripts_of_queues():
    script = Script("s3://site-scripts/nodes/tune.sh", ("--fast",), first=False)
    template = synthesised(queues_with(scripts=(script,)))

    (name,) = (n for n in resources(template, "AWS::IAM::ManagedPolicy") if "Scripts" in n)
    (statement,) = template["Resources"][name]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "s3:GetObject"
    assert "site-scripts/nodes/tune.sh" in json.dumps(statement["Resource"])
    assert "*" not in json.dumps(statement["Resource"])

    first, *rest = cluster_configuration(template)["Scheduling"]["SlurmQueues"]
    assert {"Policy": {"Ref": name}} in first["Iam"]["AdditionalIamPolicies"]
    assert all(name not in json.dumps(queue) for queue in rest)
    (provider,) = resources(template, "AWS::CloudFormation::Stack").values()
    assert name in json.dumps(provider["Properties"]["Parameters"])


def test_scripts_of_a_site_stand_around_those_of_petal():
    scripts = (
        Script("s3://site/last.sh", (), first=False),
        Script("s3://site/first.sh", (), first=True),
    )
    template = synthesised(queues_with(scripts=scripts))

    actions = cluster_configuration(template)["Scheduling"]["SlurmQueues"][0]["CustomActions"]
    assert actions["OnNodeStart"] == {"Sequence": [{"Script": "s3://site/first.sh"}]}
    ours, last = actions["OnNodeConfigured"]["Sequence"]
    assert "petal-node.sh" in json.dumps(ours["Script"])
    assert last == {"Script": "s3://site/last.sh"}
