"""The EKS cluster: who reaches it, what it is made of, and in which order it comes and goes."""

from __future__ import annotations

import dataclasses
import json

import pytest

from petal_constructs.app import new_app
from petal_constructs.constructs.network import UNKNOWN_ZONE
from petal_constructs.errors import UsageError
from tests.constructs.eks import (
    AUTOMATIC,
    CALICO,
    EXISTING,
    FAST,
    MANAGED,
    ROLE,
    SEED,
    SUBNETS,
    TENANTS,
    new_cluster,
    template_of,
)
from tests.manifests.crds import errors
from tests.manifests.graph import cycle, depends_on
from tests.manifests.judge import helm_values, objects
from tests.need import need_oracles
from tests.oracles.templates import cfn_lint_errors, nag
from tests.pcs.plans import plan_of
from tests.stacks import resources

SEEDS = {
    "karpenter": SEED,
    "devices": FAST,
    "tenants": TENANTS,
    "existing": EXISTING,
    "managed": MANAGED,
    "automatic": AUTOMATIC,
    "calico": CALICO,
}


def built(text):
    return template_of(plan_of(text))


def only(template, kind):
    (found,) = resources(template, kind).values()
    return found["Properties"]


def add_ons(template):
    found = resources(template, "AWS::EKS::Addon")
    return {add_on["Properties"]["AddonName"]: name for name, add_on in found.items()}


def charts(template):
    found = resources(template, "Custom::AWSCDK-EKS-HelmChart")
    return {chart["Properties"]["Release"]: name for name, chart in found.items()}


def values_of(template, release):
    return helm_values(template)[charts(template)[release]]


def group_of(template, part):
    groups = resources(template, "AWS::EKS::Nodegroup")
    (name,) = [name for name in groups if part in name]
    return groups[name]["Properties"]


def launch_data(template, group):
    name = group["LaunchTemplate"]["Id"]["Ref"]
    return template["Resources"][name]["Properties"]["LaunchTemplateData"]


@pytest.mark.parametrize("text", SEEDS.values(), ids=SEEDS)
def test_cfn_lint_finds_no_error(text):
    assert cfn_lint_errors(built(text), "us-east-1") == []


@pytest.mark.parametrize("text", SEEDS.values(), ids=SEEDS)
def test_no_finding_of_cdk_nag_is_left_without_a_reason(text, tmp_path):
    app = new_app(tmp_path)
    new_cluster(app, plan_of(text))

    findings = nag(app)

    assert [str(finding) for finding in findings if not finding.reason] == []
    assert findings, "cdk-nag looked at nothing"


@pytest.mark.parametrize("text", [SEED, AUTOMATIC], ids=["karpenter", "automatic"])
def test_the_api_server_would_take_every_object(text):
    found = objects(built(text))

    assert found
    folder = need_oracles("crds")
    assert [error for body in found for error in errors(body, "1.36", folder)] == []


@pytest.mark.parametrize("text", SEEDS.values(), ids=SEEDS)
def test_nothing_waits_for_itself(text):
    assert cycle(built(text)) == []


def test_the_api_server_is_reached_from_ssh_from_and_logs_all():
    cluster = only(built(SEED), "AWS::EKS::Cluster")

    assert cluster["Name"] == "hpc"
    assert cluster["Version"] == "1.36"
    access = cluster["ResourcesVpcConfig"]
    assert access["PublicAccessCidrs"] == ["192.0.2.0/24"]
    assert access["EndpointPrivateAccess"] is True
    logs = cluster["Logging"]["ClusterLogging"]["EnabledTypes"]
    assert {log["Type"] for log in logs} == {
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }


def test_a_seed_without_ssh_from_leaves_the_api_server_open_to_whom_iam_lets_in():
    access = only(built(FAST), "AWS::EKS::Cluster")["ResourcesVpcConfig"]

    assert access["EndpointPublicAccess"] is True
    assert access["PublicAccessCidrs"] == ["0.0.0.0/0"]


@pytest.mark.parametrize(
    ("blocks", "public"),
    [
        ("10.0.0.0/8", None),
        ("100.64.1.0/24, 192.168.7.0/24", None),
        ("10.0.0.0/8, 192.0.2.0/24", ["192.0.2.0/24"]),
    ],
)
def test_the_api_servers_public_endpoint_gets_no_private_block_which_eks_refuses(blocks, public):
    text = SEED.replace("ssh_from: [192.0.2.0/24]", f"ssh_from: [{blocks}]")
    template = built(text)
    access = only(template, "AWS::EKS::Cluster")["ResourcesVpcConfig"]
    assert access["EndpointPrivateAccess"]
    assert access["EndpointPublicAccess"] is bool(public)
    assert access.get("PublicAccessCidrs") == public
    rules = resources(template, "AWS::EC2::SecurityGroupIngress").values()
    within = [r["Properties"]["CidrIp"] for r in rules if r["Properties"]["FromPort"] == 443]
    assert within == [block for block in blocks.split(", ") if block not in (public or ())]


def test_a_new_vpc_stands_in_zones_that_eks_takes_whatever_an_account_calls_them():
    found = resources(built(SEED), "AWS::EC2::Subnet").values()
    zones = [subnet["Properties"]["AvailabilityZoneId"] for subnet in found]

    assert sorted(zones) == ["use1-az1", "use1-az1", "use1-az2", "use1-az2"]
    assert not any("AvailabilityZone" in subnet["Properties"] for subnet in found)
    named = SEED.replace("network: {", "network: {zones: [us-east-1c, us-east-1d], ")
    found = resources(built(named), "AWS::EC2::Subnet").values()
    zones = [subnet["Properties"]["AvailabilityZone"] for subnet in found]
    assert sorted(set(zones)) == ["us-east-1c", "us-east-1d"]


def test_secrets_are_encrypted_with_a_key_that_rotates():
    template = built(SEED)

    (name,) = resources(template, "AWS::KMS::Key")
    assert template["Resources"][name]["Properties"]["EnableKeyRotation"] is True
    (encryption,) = only(template, "AWS::EKS::Cluster")["EncryptionConfig"]
    assert encryption == {
        "Provider": {"KeyArn": {"Fn::GetAtt": [name, "Arn"]}},
        "Resources": ["secrets"],
    }


def test_the_kubectl_function_has_room_for_large_charts():
    functions = resources(built(SEED), "AWS::Lambda::Function").values()

    assert 2048 in {function["Properties"].get("MemorySize") for function in functions}


def test_a_version_without_a_kubectl_names_the_package_to_install(tmp_path):
    plan = plan_of(SEED)
    old = dataclasses.replace(plan, kubernetes=dataclasses.replace(plan.kubernetes, version="1.31"))

    with pytest.raises(UsageError, match=r"pip install aws-cdk\.lambda-layer-kubectl-v31"):
        new_cluster(new_app(tmp_path), old)


def test_a_version_one_below_the_newest_kubectl_is_served_by_it(tmp_path):
    plan = plan_of(SEED)
    older = dataclasses.replace(
        plan, kubernetes=dataclasses.replace(plan.kubernetes, version="1.35")
    )

    new_cluster(new_app(tmp_path), older)


def test_every_role_of_the_seed_has_one_access_entry():
    entries = resources(built(TENANTS), "AWS::EKS::AccessEntry").values()
    of_seed = {
        entry["Properties"]["PrincipalArn"]: entry["Properties"]
        for entry in entries
        if isinstance(entry["Properties"]["PrincipalArn"], str)
    }

    assert of_seed.keys() == {
        f"{ROLE}/{name}" for name in ("Admin", "Chief", "Chemistry", "Pharma")
    }
    groups = {arn.rsplit("/")[-1]: entry.get("KubernetesGroups") for arn, entry in of_seed.items()}
    assert groups == {
        "Admin": None,
        "Chief": ["petal:hpc-jobs", "petal:hpc-pharma"],
        "Chemistry": ["petal:hpc-jobs"],
        "Pharma": ["petal:hpc-pharma"],
    }
    rights = {arn.rsplit("/")[-1]: entry.get("AccessPolicies") for arn, entry in of_seed.items()}
    assert rights["Chemistry"] is rights["Pharma"] is None
    assert "AmazonEKSClusterAdminPolicy" in json.dumps(rights["Admin"])
    assert rights["Admin"] == rights["Chief"]


def test_drivers_are_installed_for_the_storage_that_the_seed_has():
    always = {
        "eks-pod-identity-agent",
        "vpc-cni",
        "kube-proxy",
        "coredns",
        "aws-ebs-csi-driver",
        "aws-efs-csi-driver",
    }

    assert add_ons(built(SEED)).keys() == always
    assert add_ons(built(FAST)).keys() == always | {
        "aws-fsx-csi-driver",
        "aws-mountpoint-s3-csi-driver",
    }


def test_one_thing_alone_enforces_network_policies():
    def cni(template):
        properties = template["Resources"][add_ons(template)["vpc-cni"]]["Properties"]
        return json.loads(properties["ConfigurationValues"])

    assert cni(built(SEED))["enableNetworkPolicy"] == "true"
    assert "tigera-operator" not in charts(built(SEED))
    calico = built(CALICO)
    assert cni(calico)["enableNetworkPolicy"] == "false"
    installation = values_of(calico, "tigera-operator")["installation"]
    assert installation["cni"] == {"type": "AmazonVPC"}
    found = charts(calico)
    assert depends_on(calico, found["tigera-operator"], found["crd.projectcalico.org.v1"])


def test_nodes_come_after_their_network_and_pods_after_nodes():
    template = built(SEED)
    found = add_ons(template)
    (system,) = resources(template, "AWS::EKS::Nodegroup")

    for name in ("vpc-cni", "kube-proxy", "eks-pod-identity-agent"):
        assert depends_on(template, system, found[name])
    for name in ("coredns", "aws-ebs-csi-driver", "aws-efs-csi-driver"):
        assert depends_on(template, found[name], system)
    assert depends_on(template, charts(template)["aws-load-balancer-controller"], found["coredns"])


def test_the_way_to_the_internet_outlives_the_nodes():
    template = built(SEED)
    (system,) = resources(template, "AWS::EKS::Nodegroup")

    for kind in ("AWS::EC2::NatGateway", "AWS::EC2::Route"):
        assert all(depends_on(template, system, name) for name in resources(template, kind))


def test_system_nodes_are_two_at_least_encrypted_and_closed_to_pods():
    template = built(SEED)
    system = only(template, "AWS::EKS::Nodegroup")

    assert system["AmiType"] == "AL2023_x86_64_STANDARD"
    assert system["Labels"] == {"petal.dev/role": "system"}
    assert system["ScalingConfig"]["MinSize"] == 2
    assert len(system["Subnets"]) == 2
    data = launch_data(template, system)
    assert data["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
    (disk,) = data["BlockDeviceMappings"]
    assert disk["Ebs"]["Encrypted"] is True
    assert {"Key": "project", "Value": "lab"} in data["TagSpecifications"][0]["Tags"]


def test_the_load_balancer_controller_changes_what_it_made_and_the_rules_of_nodes():
    template = built(SEED)
    (role,) = [name for name in resources(template, "AWS::IAM::Role") if "LoadBalancer" in name]
    (policy,) = template["Resources"][role]["Properties"]["Policies"]

    for statement in policy["PolicyDocument"]["Statement"]:
        looks = all(a.split(":")[1].startswith(("Describe", "Get")) for a in statement["Action"])
        assert statement["Resource"] != "*" or looks
        if any(action.startswith("elasticloadbalancing:Delete") for action in statement["Action"]):
            text = json.dumps(statement)
            assert "loadbalancer/app" not in text
            assert "elbv2.k8s.aws/cluster" in text or "listener/net" in text


def test_device_plugins_follow_the_queues_and_run_on_tainted_nodes():
    plugins = {"aws-efa-k8s-device-plugin", "nvidia-device-plugin"}

    assert not plugins & charts(built(SEED)).keys()
    template = built(FAST)
    for name in plugins:
        assert values_of(template, name)["tolerations"] == [{"operator": "Exists"}]


def test_an_existing_vpc_is_used_by_its_ids_alone(tmp_path):
    app = new_app(tmp_path)
    cluster = new_cluster(app, plan_of(EXISTING))
    app.synth()
    template = built(EXISTING)
    manifest = json.loads((tmp_path / "manifest.json").read_text())

    assert cluster.private_subnet_ids == SUBNETS[:2]
    assert cluster.login_is_public
    assert only(template, "AWS::EKS::Cluster")["ResourcesVpcConfig"]["SubnetIds"] == [*SUBNETS[:2]]
    assert only(template, "AWS::EKS::Nodegroup")["Subnets"] == [*SUBNETS[:2]]
    assert UNKNOWN_ZONE not in json.dumps(template)
    assert not resources(template, "AWS::EC2::VPC")
    assert not manifest.get("missing")
    assert "aws:cdk:warning" not in (tmp_path / "eks.metadata.json").read_text()


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_no_arn_names_another_partition(region):
    plan = dataclasses.replace(plan_of(SEED), region=region)

    assert '"arn:aws:' not in json.dumps(template_of(plan))


def test_auto_mode_has_nodes_for_system_pods_and_enforces_network_policies():
    template = built(AUTOMATIC)

    compute = only(template, "AWS::EKS::Cluster")["ComputeConfig"]
    assert compute["NodePools"] == ["system"]
    assert not resources(template, "AWS::EKS::Nodegroup")
    assert add_ons(template).keys() == {"aws-efs-csi-driver"}
    assert not charts(template)
    made = {found["kind"]: found for found in objects(template)}
    assert made["ConfigMap"]["data"] == {"enable-network-policy-controller": "true"}
    labels = made["NodePool"]["spec"]["template"]["metadata"]["labels"]
    assert labels == {"petal.dev/role": "system"}


def test_a_managed_node_group_is_as_large_as_its_queue_and_takes_its_pods_alone():
    template = built(SEED + "eks: {karpenter: false}\n")
    first, spot = group_of(template, "computecpu16"), group_of(template, "spotcpu8")

    assert first["ScalingConfig"] == {"MinSize": 1, "MaxSize": 20, "DesiredSize": 1}
    assert first["InstanceTypes"] == ["c5.4xlarge"]
    assert first["Labels"] == {"petal.dev/node-pool": "compute.hpc-jobs", "petal.dev/role": "jobs"}
    assert first["Taints"] == [
        {"Key": "petal.dev/namespace", "Value": "hpc-jobs", "Effect": "NO_SCHEDULE"}
    ]
    assert spot["CapacityType"] == "SPOT"
    user_data = launch_data(template, first)["UserData"]["Fn::Base64"]
    assert '"maxPods": 110' in user_data
    assert "application/node.eks.aws" in user_data


def test_managed_nodes_with_adapters_stand_close_with_one_on_each_card():
    template = built(MANAGED)
    group = group_of(template, "mpi")
    data = launch_data(template, group)

    assert len(group["Subnets"]) == 1
    assert "GroupName" in data["Placement"]
    cards = data["NetworkInterfaces"]
    assert [card["NetworkCardIndex"] for card in cards] == list(range(32))
    assert {card["InterfaceType"] for card in cards[1:]} == {"efa-only"}
    (offered,) = group["Tags"].items()
    assert offered[0].endswith("resources/vpc.amazonaws.com/efa")
    assert offered[1] == "32"
    assert group["AmiType"] == "AL2023_x86_64_NVIDIA"
    assert group_of(template, "arm")["AmiType"] == "AL2023_ARM_64_STANDARD"
    assert "NetworkInterfaces" not in launch_data(template, group_of(template, "gpugpu"))


def test_the_autoscaler_goes_before_the_groups_and_changes_no_other_clusters_groups():
    template = built(MANAGED)

    autoscaler = charts(template)["cluster-autoscaler"]
    assert all(
        depends_on(template, autoscaler, group)
        for group in resources(template, "AWS::EKS::Nodegroup")
    )
    (role,) = [name for name in resources(template, "AWS::IAM::Role") if "Autoscaler" in name]
    (policy,) = template["Resources"][role]["Properties"]["Policies"]
    changes = policy["PolicyDocument"]["Statement"][-1]
    assert "autoscaling:SetDesiredCapacity" in changes["Action"]
    tag = "aws:ResourceTag/k8s.io/cluster-autoscaler/fast"
    assert changes["Condition"] == {"StringEquals": {tag: "owned"}}
