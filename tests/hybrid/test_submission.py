"""The way of a job from the ParallelCluster side to the other one, as the stack lays it."""

from __future__ import annotations

import json

import pytest

from petal_constructs.plan.submission import HEAD_REST_PORT
from petal_constructs.planning import plan_seed
from petal_constructs.platforms import hybrid
from petal_constructs.platforms.parallelcluster.token_config import KEY_FILE
from petal_constructs.platforms.pcs import names, submission
from tests.constructs.test_rights import policies_by_node
from tests.hybrid.seeds import HYBRID, seed_of, told, tree
from tests.manifests import graph, judge
from tests.manifests.policies import Pod, allowed
from tests.manifests.tokens import text_of
from tests.rights import Rights, resolved, rights
from tests.stacks import (
    cluster_configuration,
    plan_of,
    resources,
    synthesised,
    template_of,
)

PLAN = plan_of(HYBRID)
PORT = 6820
LOGINS = [{"name": "people", "instance_type": "m6i.large", "count": 2}]


def with_logins():
    changed = tree()
    changed["platforms"]["parallelcluster"]["login_nodes"] = LOGINS
    return changed


@pytest.fixture(scope="module")
def template():
    return template_of(HYBRID)


@pytest.fixture(scope="module")
def logins(tmp_path_factory):
    """The template of a seed with login nodes."""
    return synthesised(plan_seed(seed_of(tmp_path_factory.mktemp("seed"), with_logins())))


def only(template, kind, prefix="ClusterEntrance"):
    (found,) = (k for k in resources(template, kind) if k.startswith(prefix))
    return found


def object_of(template, kind, name):
    (found,) = (
        body
        for body in judge.objects(template)
        if (body["kind"], body["metadata"]["name"]) == (kind, name)
    )
    return found


def test_the_table_of_the_head_node_names_the_address_that_the_stack_gives(template):
    known = PLAN.parallelcluster.submission
    files = hybrid.files(PLAN)
    table = json.loads(files["parallelcluster/node/data/submit/submit.json"])
    record = template["Resources"][only(template, "AWS::Route53::RecordSet")]["Properties"]
    balancer = only(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")

    assert table["url"] == known.url == f"http://{record['Name']}:{PORT}"
    assert record["AliasTarget"]["DNSName"] == {"Fn::GetAtt": [balancer, "DNSName"]}
    assert table["queues"] == {
        "mpi": "hybrid",
        "legacy": "hybrid",
        "modern": "hybrid-pcs",
        "gpu": "hybrid-pcs",
    }
    assert (table["here"], table["there"], table["default_queue"]) == (
        "hybrid",
        "hybrid-pcs",
        "mpi",
    )


def test_the_table_of_the_login_pod_names_the_head_node(template):
    (slurm,) = PLAN.pcs.clusters
    table = json.loads(submission.submission_files(slurm.submission)["submit.json"])
    (record,) = (
        found["Properties"]
        for name, found in resources(template, "AWS::Route53::RecordSet").items()
        if "HeadNode" in name
    )
    (cluster,) = resources(template, "Custom::PclusterCluster")

    assert table["url"] == f"http://{record['Name']}:{HEAD_REST_PORT}"
    assert record["ResourceRecords"] == [{"Fn::GetAtt": [cluster, "headNode.privateIpAddress"]}]
    assert (table["here"], table["there"]) == ("hybrid-pcs", "hybrid")


def test_pods_of_the_other_side_alone_may_connect_to_the_head_node(template):
    rules = [
        rule["Properties"]
        for rule in resources(template, "AWS::EC2::SecurityGroupIngress").values()
        if rule["Properties"]["FromPort"] == HEAD_REST_PORT
    ]
    group = only(template, "AWS::EC2::SecurityGroup", "ClusterEntranceSubmitters")

    assert [rule["GroupId"] for rule in rules] == [{"Fn::GetAtt": [group, "GroupId"]}]
    assert "ClusterSecurityGroupId" in json.dumps(rules[0]["SourceSecurityGroupId"])
    assert rules[0]["ToPort"] == HEAD_REST_PORT


def test_of_the_pods_the_login_pod_alone_may_ask_the_head_node(template):
    known = judge.objects(template)
    head = Pod("elsewhere", (("app.kubernetes.io/name", "head"),), ip="10.0.1.7")

    def may(app, port):
        pod = Pod("hpc-jobs", (("app.kubernetes.io/name", app),), ip="10.0.0.9")
        return allowed(known, pod, head, port)

    apps = ("login", "slurmd", "slurmctld", "slurmrestd", "slurmdbd", names.SCALER_ACCOUNT)
    assert [app for app in apps if may(app, HEAD_REST_PORT)] == ["login"]
    assert not may("login", PORT)


def test_slurmctld_of_the_head_node_has_a_key_before_it_starts(template):
    config = cluster_configuration(template)
    settings = config["Scheduling"]["SlurmSettings"]["CustomSlurmSettings"]
    files = hybrid.files(PLAN)
    script = config["HeadNode"]["CustomActions"]["OnNodeStart"]["Script"]

    assert {"AuthAltTypes": "auth/jwt"} in settings
    assert {"AuthAltParameters": f"jwt_key={KEY_FILE}"} in settings
    assert "/first-key.sh" in json.dumps(script)
    assert f"KEY={KEY_FILE}\n" in files["parallelcluster/node/first-key.sh"]


def test_the_load_balancer_is_internal_and_hands_on_to_addresses_of_pods(template):
    balancer = template["Resources"][only(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")]
    targets = only(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    listener = template["Resources"][only(template, "AWS::ElasticLoadBalancingV2::Listener")]
    binding = object_of(template, "TargetGroupBinding", names.REST_API)

    assert balancer["Properties"]["Scheme"] == "internal"
    assert listener["Properties"]["Port"] == PORT
    assert listener["Properties"]["DefaultActions"][0]["TargetGroupArn"] == {"Ref": targets}
    assert template["Resources"][targets]["Properties"]["TargetType"] == "ip"
    assert targets.lower() in binding["spec"]["targetGroupARN"].lower()
    assert binding["spec"]["serviceRef"] == {"name": "slurm-restapi", "port": PORT}


def test_the_head_node_and_login_nodes_alone_may_connect(logins):
    group = only(logins, "AWS::EC2::SecurityGroup", "ClusterEntranceSubmitters")
    config = cluster_configuration(logins)

    def is_in_group(node):
        return group in json.dumps(node["Networking"].get("AdditionalSecurityGroups", []))

    assert is_in_group(config["HeadNode"])
    assert all(is_in_group(pool) for pool in config["LoginNodes"]["Pools"])
    assert not any(is_in_group(queue) for queue in config["Scheduling"]["SlurmQueues"])
    rules = [
        rule["Properties"] for rule in resources(logins, "AWS::EC2::SecurityGroupIngress").values()
    ]
    rest = [rule for rule in rules if rule["FromPort"] == PORT]
    assert len(rest) == 2
    assert all(rule["ToPort"] == PORT for rule in rest)


def test_only_slurmrestd_answers_the_load_balancer(template):
    known = judge.objects(template)
    outside = Pod("elsewhere", (("app.kubernetes.io/name", "balancer"),), ip="10.0.1.7")
    open_to_it = [
        app
        for app in ("slurmrestd", "slurmctld", "slurmd", "slurmdbd", names.SCALER_ACCOUNT)
        if allowed(
            known, outside, Pod("hpc-jobs", (("app.kubernetes.io/name", app),), ip="10.0.0.9"), PORT
        )
    ]

    assert open_to_it == ["slurmrestd"]


def key_of(template):
    return text_of({"Fn::GetAtt": [only(template, "AWS::SecretsManager::Secret"), "Arn"]}, template)


def test_the_head_node_reads_the_key_and_no_other_node_does(logins):
    key = key_of(logins)
    readers = [
        name
        for name, policies in policies_by_node(logins).items()
        if rights(logins, policies).allow("secretsmanager:GetSecretValue", key)
    ]

    assert readers == ["head"]
    assert "people" in policies_by_node(logins)


def test_nobody_may_change_the_key_or_read_another_secret(logins):
    key = key_of(logins)
    for policies in policies_by_node(logins).values():
        may = rights(logins, policies)
        assert not may.allow("secretsmanager:PutSecretValue", key)
        assert not may.allow("secretsmanager:GetSecretValue", f"{key}-of-others")
        assert not may.allow(
            "ssm:GetParameter", "arn:aws:ssm:us-east-1:123456789012:parameter/petal/other/token-key"
        )


def test_of_the_pods_one_service_account_reads_the_key(template):
    key, readers = key_of(template), set()
    for found in resources(template, "AWS::EKS::PodIdentityAssociation").values():
        role = found["Properties"]["RoleArn"]["Fn::GetAtt"][0]
        inline = template["Resources"][role]["Properties"].get("Policies", [])
        statements = [s for policy in inline for s in policy["PolicyDocument"]["Statement"]]
        if Rights(tuple(resolved(s, template) for s in statements)).allow(
            "secretsmanager:GetSecretValue", key
        ):
            readers.add(found["Properties"]["ServiceAccount"])

    assert readers == {names.KEY_ACCOUNT}


def test_users_of_the_head_node_cannot_use_its_rights(logins):
    assert cluster_configuration(logins)["HeadNode"]["Imds"] == {"Secured": True}


def test_slurmctld_takes_both_the_key_and_who_somebody_is_from_the_other_side(template):
    specs = {body["kind"]: body["spec"] for body in judge.objects(template) if "spec" in body}
    secret, key = names.SHARED_KEY

    assert specs["Controller"]["jwtKeyRef"] == {"name": secret, "key": key}
    assert specs["Accounting"]["jwtKeyRef"] == {"name": secret, "key": key}
    tokens = [body["spec"] for body in judge.objects(template) if body["kind"] == "Token"]
    assert all(token["jwtKeyRef"]["name"] == secret for token in tokens)
    assert "AuthAltParameters=use_jwt_client_ids\n" in specs["Controller"]["extraConf"]


def test_the_key_is_long_enough_and_stands_in_no_template_or_file(template):
    secret = template["Resources"][only(template, "AWS::SecretsManager::Secret")]["Properties"]
    form = secret["GenerateSecretString"]

    assert form["PasswordLength"] >= 43  # of 62 signs: 256 bits
    assert "SecretString" not in secret
    assert "resolve:secretsmanager:" + key_of(template) not in json.dumps(template)
    assert form["GenerateStringKey"] == "password"


def test_the_key_is_in_the_namespace_before_slurmctld_is(template):
    copier = {
        logical
        for logical, bodies in judge.manifests(template).items()
        if any(
            b["kind"] == "Deployment" and b["metadata"]["name"] == names.KEY_ACCOUNT for b in bodies
        )
    }
    rights_of_it = {
        name
        for name, found in resources(template, "AWS::EKS::PodIdentityAssociation").items()
        if found["Properties"]["ServiceAccount"] == names.KEY_ACCOUNT
    }

    assert graph.out_of_order(template, copier, judge.holding(template, "Controller")) == []
    assert graph.out_of_order(template, rights_of_it, copier) == []


def test_the_way_outlives_both_of_its_ends(template):
    way = {name for name in template["Resources"] if name.startswith("ClusterEntrance")}
    ends = graph.of_type(template, "Custom::PclusterCluster")
    targets = graph.of_type(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    bound = judge.holding(template, "TargetGroupBinding")

    assert graph.out_of_order(template, way, ends) == []
    assert graph.out_of_order(template, targets, bound) == []
    controller = judge.releases(template, "aws-load-balancer-controller")
    assert graph.out_of_order(template, controller, bound) == []


def test_the_files_of_nodes_hold_the_programs_and_no_key():
    files = hybrid.files(PLAN)
    folder = "parallelcluster/node"

    assert f"{folder}/steps/60-submission.sh" in files
    assert f"{folder}/submit/petal-submit" in files
    assert files[f"{folder}/data/submit/key.tsv"] == "/petal/hybrid/token-key\tus-east-1\n"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"eks": {"karpenter": "auto-mode"}}, "P613 eks.karpenter"),
        ({"cluster": {"os": "rhel8"}}, "P614 cluster.os"),
    ],
)
def test_where_it_is_not_offered_nothing_of_it_is_made(tmp_path, change, problem):
    changed = tree(**change)
    plan = plan_seed(seed_of(tmp_path, changed))
    found = synthesised(plan)

    assert problem in told(tmp_path, changed)
    assert plan.parallelcluster.submission is None
    assert plan.pcs.clusters[0].submission is None
    assert not any(name.startswith("ClusterEntrance") for name in found["Resources"])
    assert not any("submi" in path for path in hybrid.files(plan))
    assert not any(b["kind"] == "TargetGroupBinding" for b in judge.objects(found))
