"""One stack for both sides: what they share is made once, and each side may reach it."""

from __future__ import annotations

import json

import pytest

from petal_constructs.planning import plan_seed
from petal_constructs.platforms.hybrid import sizes
from petal_constructs.platforms.hybrid.homes import with_homes
from tests.hybrid.seeds import HYBRID, queues, seed_of, tree
from tests.manifests import graph, judge
from tests.manifests.tokens import text_of
from tests.stacks import cluster_configuration, plan_of, resources, synthesised, template_of

EXISTING = {
    "network": {
        "vpc_id": "vpc-0123456789abcdef0",
        "public_subnets": ["subnet-0123456789abcdef0"],
        "private_subnets": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"],
        "ssh_from": ["192.0.2.0/24"],
    },
    "data": {
        "shared": [
            {"name": "homes", "type": "efs", "mount_point": "/home", "id": "fs-0123456789abcdef0"},
            {
                "name": "scratch",
                "type": "fsx-lustre",
                "mount_point": "/scratch",
                "id": "fs-0123456789abcdef1",
            },
        ],
    },
}


@pytest.fixture(scope="module")
def template():
    return template_of(HYBRID)


@pytest.fixture(scope="module")
def existing(tmp_path_factory):
    return synthesised(plan_seed(seed_of(tmp_path_factory.mktemp("seed"), tree(**EXISTING))))


def storage_on_ec2(template):
    """Folder -> id of the file system, without the volume of the software."""
    found = {}
    for entry in cluster_configuration(template)["SharedStorage"]:
        settings = entry[f"{entry['StorageType']}Settings"]
        if "FileSystemId" in settings:
            found[entry["MountDir"]] = text_of(settings["FileSystemId"], template)
    return found


def storage_on_eks(template):
    """Folder -> id of the file system, as the slurmd pods of the first queue mount it."""
    found = judge.objects(template)
    volumes = {
        body["spec"]["claimRef"]["name"]: body["spec"]["csi"]["volumeHandle"]
        for body in found
        if body["kind"] == "PersistentVolume" and body["spec"]["csi"]["driver"] != "s3.csi.aws.com"
    }
    pods = next(body for body in found if body["kind"] == "NodeSet")["spec"]
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in pods["template"]["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    mounts = pods["slurmd"]["volumeMounts"]
    return {
        mount["mountPath"]: volumes[claims[mount["name"]]]
        for mount in mounts
        if claims.get(mount["name"]) in volumes and "subPath" not in mount
    }


@pytest.mark.parametrize("which", ["template", "existing"])
def test_both_sides_mount_the_same_file_systems_at_the_same_paths(which, request):
    found = request.getfixturevalue(which)

    on_ec2 = storage_on_ec2(found)

    assert on_ec2 == storage_on_eks(found)
    assert {*on_ec2} == {"/home", "/scratch"}
    assert len({*on_ec2.values()}) == len(on_ec2)


def test_both_sides_know_the_same_people(template):
    plan = plan_of(HYBRID)
    (users,) = (
        body["data"]["users.tsv"]
        for body in judge.objects(template)
        if body["kind"] == "ConfigMap" and body["metadata"]["name"] == "petal-users"
    )

    assert plan.parallelcluster.users == plan.pcs.clusters[0].users
    rows = [tuple(line.split("\t")) for line in users.splitlines()]
    assert rows == [(u.name, str(u.uid), str(u.gid)) for u in plan.parallelcluster.users]


@pytest.mark.parametrize(
    "kind",
    [
        "AWS::EC2::VPC",
        "AWS::EC2::NatGateway",
        "AWS::EFS::FileSystem",
        "AWS::FSx::FileSystem",
        "AWS::RDS::DBInstance",
        "AWS::Budgets::Budget",
        "AWS::EKS::Cluster",
        "Custom::PclusterCluster",
    ],
)
def test_there_is_one_of_each(template, kind):
    assert len(resources(template, kind)) == 1


def test_what_exists_is_not_made(existing):
    for kind in ("AWS::EC2::VPC", "AWS::EFS::FileSystem", "AWS::FSx::FileSystem"):
        assert resources(existing, kind) == {}
    config = cluster_configuration(existing)
    assert config["HeadNode"]["Networking"]["SubnetId"] == "subnet-0123456789abcdef0"


def test_each_side_keeps_its_records_apart_in_the_one_database(template):
    slurm = cluster_configuration(template)["Scheduling"]["SlurmSettings"]["Database"]
    objects = judge.objects(template)
    found = {body["kind"]: body["spec"] for body in objects if "spec" in body}
    on_eks = found["Accounting"]["storageConfig"]

    assert text_of(slurm["Uri"], template) == f"{on_eks['host']}:{on_eks['port']}"
    assert (slurm["UserName"], on_eks["username"]) == ("slurm", "slurm")
    assert (slurm["DatabaseName"], on_eks["database"]) == ("slurm_acct_db", "slurm_hpc_jobs")
    names = (plan_of(HYBRID).parallelcluster.slurm_name, found["Controller"]["clusterName"])
    assert names == ("hybrid", "hybrid-pcs")


def test_the_pods_secret_holds_the_password_of_the_other_one_and_nothing_rotates_it(template):
    secrets = resources(template, "AWS::SecretsManager::Secret")
    made = next(name for name in secrets if name.startswith("ClusterRecordsAccountingDatabase"))
    (copied,) = (
        v["Properties"]["SecretString"]
        for v in secrets.values()
        if "SecretString" in v["Properties"]
    )

    assert json.loads(copied["Fn::Join"][1][0] + '"}')["username"] == "slurm"
    assert copied["Fn::Join"][1][1] == {"Ref": made}
    assert resources(template, "AWS::SecretsManager::RotationSchedule") == {}


def test_each_side_reaches_the_shared_parts_and_jobs_alone_the_other_side(template):
    doors: dict[str, set[str]] = {}
    for rule in resources(template, "AWS::EC2::SecurityGroupIngress").values():
        properties = rule["Properties"]
        to = properties["GroupId"]["Fn::GetAtt"][0]
        doors.setdefault(to, set()).add(properties["SourceSecurityGroupId"]["Fn::GetAtt"][0])
    ec2, eks = "ClusterStorageNodesD29345CC", "ClusterPcsEksCluster5BB4DB7A"
    lustre = "ClusterStorageFilesscratchGroup67FEDA33"
    logins = "ClusterEntranceSubmittersE8FC576B"

    assert doors == {
        "ClusterStorageFilesHomeGroup1EAB3E13": {ec2, eks},
        lustre: {ec2, eks, lustre},
        "ClusterRecordsAccountingDatabaseGroupD1C7B82B": {
            "ClusterRecordsAccountingClients316BABB5",
            eks,
        },
        ec2: {lustre},  # Lustre's servers call back
        # Jobs pass a load balancer, or go to the head node: see test_submission.py
        eks: {lustre, "ClusterEntranceBalancersD74E9CA5"},
        "ClusterEntranceBalancersD74E9CA5": {logins},
        logins: {eks},
    }


def test_what_is_shared_goes_last(template):
    shared = graph.of_type(
        template,
        "AWS::EC2::NatGateway",
        "AWS::EFS::MountTarget",
        "AWS::FSx::FileSystem",
        "AWS::RDS::DBInstance",
    )
    sides = graph.of_type(template, "Custom::PclusterCluster")
    sides |= judge.holding(template, "Controller", "NodeSet", "LoginSet", "Accounting")

    assert len(sides) > 2
    assert graph.out_of_order(template, shared, sides) == []


def test_a_side_is_made_and_deleted_without_waiting_for_the_other_one(template):
    needs = graph.needs(template)
    (ec2,) = graph.of_type(template, "Custom::PclusterCluster")
    (eks,) = graph.of_type(template, "AWS::EKS::Cluster")
    slurm = judge.holding(template, "Controller", "NodeSet")

    assert eks not in graph.all_needs(needs, ec2)
    assert all(ec2 not in graph.all_needs(needs, name) for name in slurm)


def test_pods_come_when_their_way_to_folders_and_records_is_open(template):
    doors = {name for name in template["Resources"] if name.startswith("ClusterPcsDoors")}
    slurm = judge.holding(template, "Controller", "NodeSet", "LoginSet", "Accounting")

    assert doors
    assert graph.out_of_order(template, doors, slurm) == []


def test_outputs_tell_the_way_to_both_sides(template):
    assert {*template["Outputs"]} == {
        "BudgetTag",
        "HeadNodeAddress",
        "KubeconfigCommand",
        "LoginAddress",
        "Namespaces",
        "PcsSshCommand",
        "SessionCommand",
        "SshCommand",
    }


def test_every_role_of_either_side_has_the_boundary(tmp_path):
    boundary = "arn:aws:iam::123456789012:policy/Boundary"
    bound = seed_of(tmp_path, tree(cluster={"permissions_boundary": boundary}))
    roles = resources(synthesised(plan_seed(bound)), "AWS::IAM::Role").values()

    assert {role["Properties"].get("PermissionsBoundary") for role in roles} == {boundary}


def test_twenty_queues_on_each_side_fit_into_one_stack(tmp_path):
    many = {
        "parallelcluster": {
            "head_node": "m6i.4xlarge",
            "queues": queues("classic", 20, "c5.4xlarge", "c6i.8xlarge"),
        },
        "pcs": {"queues": queues("modern", 20, "c7i.4xlarge", "c7i.8xlarge")},
    }
    seed = seed_of(tmp_path, tree(platforms=many))
    large = synthesised(plan_seed(seed))

    assert_as_large_as_counted(with_homes(seed), large)
    assert len(large["Resources"]) < judge.RESOURCES
    assert len(json.dumps(large)) < judge.TEMPLATE_BYTES


def test_a_stack_is_no_larger_than_counted(template, tmp_path):
    assert_as_large_as_counted(with_homes(seed_of(tmp_path, tree())), template)


def assert_as_large_as_counted(seed, template):
    count, size = sizes.resources(seed), sizes.template_bytes(seed)
    real = len(json.dumps(template, separators=(",", ":")))

    assert count - 40 <= len(template["Resources"]) <= count
    assert size - 70_000 <= real <= size
