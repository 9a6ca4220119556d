"""Karpenter: what it may do, what it hears of, and what must outlive its nodes."""

from __future__ import annotations

import json

import pytest

from petal_constructs.platforms.pcs.karpenter_policies import Place, policies
from tests.constructs.eks import FAST, SEED, template_of
from tests.manifests.graph import depends_on
from tests.manifests.judge import helm_values, manifests
from tests.pcs.plans import plan_of
from tests.stacks import resources

PLACE = Place(
    cluster="hpc",
    partition="aws-cn",
    region="cn-north-1",
    account="123456789012",
    node_role_arn="arn:aws-cn:iam::123456789012:role/nodes",
    queue_arn="arn:aws-cn:sqs:cn-north-1:123456789012:queue",
)
LIMIT = 6144
"""Characters of a managed policy, white space left out."""


@pytest.fixture(scope="module")
def template():
    return template_of(plan_of(SEED))


def chart(template, release):
    (name,) = [
        name
        for name, found in resources(template, "Custom::AWSCDK-EKS-HelmChart").items()
        if found["Properties"]["Release"] == release
    ]
    return name


def test_there_are_six_policies_and_each_fits_into_iam():
    found = policies(PLACE)

    assert len(found) == 6
    for statements in found.values():
        assert len(json.dumps(statements, separators=(",", ":"))) < LIMIT


def test_what_it_changes_bears_the_clusters_tag():
    for statement in policies(PLACE)["NodeLifecycle"]:
        if statement["Sid"] != "AllowScopedEC2InstanceAccessActions":
            assert "/kubernetes.io/cluster/hpc" in json.dumps(statement["Condition"])


def test_what_it_may_use_to_start_instances_includes_placement_groups():
    first = policies(PLACE)["NodeLifecycle"][0]

    assert "arn:aws-cn:ec2:cn-north-1:*:placement-group/*" in first["Resource"]
    assert "arn:aws-cn:ec2:cn-north-1::image/*" in first["Resource"]


def test_without_a_condition_it_may_only_look_or_act_on_what_is_named():
    for name, statements in policies(PLACE).items():
        for statement in statements:
            if statement["Resource"] == "*" and "Condition" not in statement:
                assert name == "ResourceDiscovery"


def test_it_hands_its_nodes_one_role_alone():
    passing = policies(PLACE)["IamIntegration"][0]

    assert passing["Action"] == "iam:PassRole"
    assert passing["Resource"] == PLACE.node_role_arn


def test_it_may_have_the_role_of_spot_instances_made_where_a_queue_wants_some(template):
    """An account that never had a spot instance has no such role, and EC2 would start none."""
    made = "iam:CreateServiceLinkedRole"

    assert made in json.dumps(resources(template, "AWS::IAM::ManagedPolicy"))
    assert made not in json.dumps(resources(template_of(plan_of(FAST)), "AWS::IAM::ManagedPolicy"))
    (statement,) = [
        found for found in policies(PLACE, spot=True)["IamIntegration"] if found["Action"] == made
    ]
    assert statement["Condition"] == {"StringEquals": {"iam:AWSServiceName": "spot.amazonaws.com"}}
    assert len(json.dumps(policies(PLACE, spot=True)["IamIntegration"])) < LIMIT


def test_aws_tells_it_of_five_kinds_of_interruption(template):
    rules = resources(template, "AWS::Events::Rule").values()

    assert sorted(rule["Properties"]["EventPattern"]["detail-type"][0] for rule in rules) == [
        "AWS Health Event",
        "EC2 Capacity Reservation Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "EC2 Spot Instance Interruption Warning",
    ]
    (queue,) = resources(template, "AWS::SQS::Queue").values()
    assert queue["Properties"] == {"MessageRetentionPeriod": 300, "SqsManagedSseEnabled": True}


def test_it_runs_twice_on_system_nodes_with_room_of_its_own(template):
    values = helm_values(template)[chart(template, "karpenter")]

    assert values["replicas"] == 2
    assert values["nodeSelector"] == {"petal.dev/role": "system"}
    assert values["settings"]["clusterName"] == "hpc"
    resources_of_pod = values["controller"]["resources"]
    assert (
        resources_of_pod["requests"] == resources_of_pod["limits"] == {"cpu": "1", "memory": "1Gi"}
    )


def test_its_rights_and_its_nodes_access_outlive_it(template):
    karpenter = chart(template, "karpenter")
    entries = resources(template, "AWS::EKS::AccessEntry")
    nodes = [name for name, e in entries.items() if e["Properties"].get("Type") == "EC2_LINUX"]
    kubectl = [name for name in entries if name not in nodes]

    assert len(nodes) == len(kubectl) == 1
    for name in (*resources(template, "AWS::IAM::ManagedPolicy"), *nodes, *kubectl):
        assert depends_on(template, karpenter, name)
    assert depends_on(template, karpenter, chart(template, "karpenter-crd"))


def test_the_network_has_its_rights_by_pod_identity_and_nodes_lack_them(template):
    (role,) = [
        name for name in resources(template, "AWS::IAM::Role") if "KarpenterNodeRole" in name
    ]
    policies_of_role = json.dumps(template["Resources"][role]["Properties"]["ManagedPolicyArns"])

    assert "AmazonEKSWorkerNodePolicy" in policies_of_role
    assert "AmazonEKS_CNI_Policy" not in policies_of_role


def test_a_queue_that_wants_it_has_a_placement_group_of_its_own():
    groups = resources(template_of(plan_of(FAST)), "AWS::EC2::PlacementGroup").values()

    assert [group["Properties"] for group in groups] == [{"Strategy": "cluster"}]


def test_system_pods_without_room_get_a_node_and_lose_none_that_runs_something(template):
    (found,) = manifests(template).values()
    made = {body["kind"]: body for body in found}
    nodes, pool = made["EC2NodeClass"]["spec"], made["NodePool"]["spec"]

    assert pool["template"]["metadata"]["labels"] == {"petal.dev/role": "system"}
    assert "taints" not in pool["template"]["spec"]
    assert pool["template"]["spec"]["expireAfter"] == "Never"
    assert pool["disruption"]["consolidationPolicy"] == "WhenEmpty"
    assert len(nodes["subnetSelectorTerms"]) == 2
    assert nodes["metadataOptions"]["httpPutResponseHopLimit"] == 1
    (name,) = manifests(template)
    assert depends_on(template, name, chart(template, "karpenter"))
