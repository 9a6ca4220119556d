"""What nodes, the provider and pods may do in AWS: policies evaluated as IAM would."""

from __future__ import annotations

import dataclasses
import json

import pytest

from benchmarks.large_seed import large_parallelcluster_seed
from petal_constructs.catalog import iam
from petal_constructs.plan.values import S3Mount
from petal_constructs.planning import load_seed, plan_seed
from petal_constructs.platforms.parallelcluster.rendering import scripts_prefix
from petal_constructs.platforms.parallelcluster.values import Script
from petal_constructs.platforms.pcs.names import JOBS_ACCOUNT
from tests.manifests.tokens import text_of
from tests.rights import Rights, referred, resolved, rights
from tests.stacks import (
    BIO,
    ROOT,
    cluster_configuration,
    plan_of,
    resources,
    seeds_with,
    side_of,
    synthesised,
    template_of,
)

PARALLELCLUSTER, PCS = seeds_with("parallelcluster"), seeds_with("pcs")
MOUNTS = (
    S3Mount("lab", "/data", "data/"),
    S3Mount("lab", "/raw", "raw/2026/", read_only=True),
    S3Mount("lab-public", "/public", read_only=True),
    S3Mount("scratch", "/scratch"),
)
READING, WRITING = ("s3:GetObject",), ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
POWERS = (
    "iam:PassRole",
    "iam:AttachRolePolicy",
    "ec2:RunInstances",
    "ec2:TerminateInstances",
    "s3:PutBucketPolicy",
    "s3:DeleteBucket",
    "s3:ListAllMyBuckets",
    "sts:AssumeRole",
    "cloudformation:UpdateStack",
    "kms:Decrypt",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
)


def policies_by_node(template):
    """Logical ids of petal's policies of each kind of node, as ParallelCluster is told."""
    config = cluster_configuration(template)
    scheduling, head = config["Scheduling"], config["HeadNode"]
    pools = config.get("LoginNodes", {}).get("Pools", [])
    nodes = {"head": head} | {n["Name"]: n for n in [*scheduling["SlurmQueues"], *pools]}
    made = resources(template, "AWS::IAM::ManagedPolicy")
    return {
        name: [id_ for id_ in referred(node["Iam"]) if id_ in made] for name, node in nodes.items()
    }


def of_providers(template):
    """What petal gives the provider of the stack; nothing where one stands already."""
    providers = resources(template, "AWS::CloudFormation::Stack").values()
    return [rights(template, referred(p["Properties"]["Parameters"])) for p in providers]


def of_jobs(template):
    """The role of pods in which jobs and logins run."""
    roles = {
        text_of(p["Properties"]["RoleArn"], template): p["Properties"]["RoleArn"]["Fn::GetAtt"][0]
        for p in resources(template, "AWS::EKS::PodIdentityAssociation").values()
        if p["Properties"]["ServiceAccount"] == JOBS_ACCOUNT
    }
    (role,) = roles.values()
    properties = template["Resources"][role]["Properties"]
    inline = [s for p in properties.get("Policies", ()) for s in p["PolicyDocument"]["Statement"]]
    managed = rights(template, referred(properties["ManagedPolicyArns"]))
    return Rights((*managed.statements, *(resolved(s, template) for s in inline)))


def assert_the_buckets_and_nothing_else(may: Rights, mounts):
    for mount in mounts:
        bucket = f"arn:aws:s3:::{mount.bucket}"
        inside = f"{bucket}/{mount.prefix}sample.bam"
        assert may.allow("s3:ListBucket", bucket, s3__prefix=f"{mount.prefix}a/")
        assert may.allow("s3:GetObject", inside)
        for action in WRITING:
            assert may.allow(action, inside) is not mount.read_only
        assert_outside_is_closed(may, mount, {m.bucket for m in mounts})
    for action in (*READING, *WRITING):
        assert not may.allow(action, "arn:aws:s3:::somebody-elses/x")
    assert not may.allow("s3:ListBucket", "arn:aws:s3:::somebody-elses", s3__prefix="")


def assert_outside_is_closed(may: Rights, mount, buckets):
    bucket = f"arn:aws:s3:::{mount.bucket}"
    for neighbour in {f"{mount.bucket}-2", f"a{mount.bucket}"} - buckets:
        assert not may.allow("s3:GetObject", f"arn:aws:s3:::{neighbour}/{mount.prefix}x")
        assert not may.allow("s3:ListBucket", f"arn:aws:s3:::{neighbour}", s3__prefix=mount.prefix)
    if mount.prefix:
        beside = mount.prefix.rstrip("/") + "base/"
        assert not may.allow("s3:ListBucket", bucket, s3__prefix=beside)
        assert not may.allow("s3:ListBucket", bucket, s3__prefix="")
        assert not may.allow("s3:ListBucket", bucket)
        for action in (*READING, *WRITING):
            assert not may.allow(action, f"{bucket}/{beside}x")


@pytest.mark.parametrize("seed", PARALLELCLUSTER, ids=lambda seed: seed.stem)
def test_every_node_reaches_the_buckets_of_its_seed_and_no_others(seed):
    template = template_of(seed)

    for policies in policies_by_node(template).values():
        assert_the_buckets_and_nothing_else(
            rights(template, policies), side_of(seed, "parallelcluster").s3_mounts
        )


def test_prefixes_and_read_only_mounts_hold_also_where_buckets_are_shared():
    template = synthesised(dataclasses.replace(plan_of(BIO), s3_mounts=MOUNTS))

    for policies in policies_by_node(template).values():
        assert_the_buckets_and_nothing_else(rights(template, policies), MOUNTS)


def test_a_script_is_read_by_its_queue_and_a_build_cache_by_all_and_neither_is_written():
    plan = plan_of(BIO)
    own, *others = plan.queues
    own = dataclasses.replace(own, scripts=(Script("s3://site/tune.sh", (), first=False),))
    software = dataclasses.replace(plan.software, build_cache="s3://cache/spack")
    template = synthesised(dataclasses.replace(plan, queues=(own, *others), software=software))
    script, cached = "arn:aws:s3:::site/tune.sh", "arn:aws:s3:::cache/spack/x.spack"

    for name, policies in policies_by_node(template).items():
        may = rights(template, policies)
        assert may.allow("s3:GetObject", script) is (name == own.name)
        assert not may.allow("s3:GetObject", f"{script}.secret")
        assert may.allow("s3:GetObject", cached)
        assert not may.allow("s3:GetObject", "arn:aws:s3:::cache/spack-of-others/x")
        for action in WRITING:
            assert not may.allow(action, script)
            assert not may.allow(action, cached)


@pytest.mark.parametrize(
    "seed", [seed for seed in PCS if side_of(seed, "pcs").s3_mounts], ids=lambda seed: seed.stem
)
def test_jobs_on_pcs_reach_the_buckets_of_their_seed_and_no_others(seed):
    mounts = side_of(seed, "pcs").s3_mounts

    assert_the_buckets_and_nothing_else(of_jobs(template_of(seed)), mounts)


@pytest.mark.parametrize("seed", PARALLELCLUSTER, ids=lambda seed: seed.stem)
def test_nodes_and_the_provider_read_the_scripts_of_their_own_cluster_and_write_none(seed):
    template, prefix = template_of(seed), scripts_prefix(side_of(seed, "parallelcluster"))
    bucket = _bucket_of_scripts(template)

    for may in (*_of_nodes(template), *of_providers(template)):
        assert may.allow("s3:GetObject", f"{bucket}/{prefix}/petal-node.sh")
        assert may.allow("s3:ListBucket", bucket, s3__prefix=f"{prefix}/")
        for other in (f"{prefix}-2", "petal/another", "private"):
            assert not may.allow("s3:GetObject", f"{bucket}/{other}/petal-node.sh")
            assert not may.allow("s3:ListBucket", bucket, s3__prefix=f"{other}/")
        assert not may.allow("s3:ListBucket", bucket, s3__prefix="")
        for action in WRITING:
            assert not may.allow(action, f"{bucket}/{prefix}/petal-node.sh")


@pytest.mark.parametrize("seed", PARALLELCLUSTER, ids=lambda seed: seed.stem)
def test_petal_gives_nodes_and_the_provider_no_power_over_the_account(seed):
    template = template_of(seed)
    # Who reads the key of tokens of a hybrid cluster: tests/hybrid/test_submission.py.
    others = [name for name in template["Resources"] if not name.startswith("ClusterEntranceKey")]
    everything = [*others, "something-else"]

    for may in (*_of_nodes(template), *of_providers(template)):
        for resource in (text_of({"Fn::GetAtt": [name, "Arn"]}, template) for name in everything):
            assert [power for power in POWERS if may.allow(power, resource)] == []


def test_the_provider_sees_that_the_database_has_a_secret_and_cannot_read_it():
    template = template_of(ROOT / "seeds/shared-cluster.yaml")
    secrets = {
        text_of({"Fn::GetAtt": [name, "Arn"]}, template)
        for name in resources(template, "AWS::SecretsManager::Secret")
    }
    (may,) = of_providers(template)

    assert secrets
    for secret in secrets:
        assert may.allow("secretsmanager:DescribeSecret", secret)
        assert not may.allow("secretsmanager:GetSecretValue", secret)
        for nodes in _of_nodes(template):
            assert not nodes.allow("secretsmanager:DescribeSecret", secret)


def test_policies_of_the_largest_seed_stay_within_the_quotas_of_iam(tmp_path):
    seed = tmp_path / "large.yaml"
    seed.write_text(large_parallelcluster_seed())
    plan = plan_seed(load_seed(seed, environment={}))
    names = [f"{mount.bucket}-".ljust(63, "b") for mount in plan.s3_mounts]
    mounts = [dataclasses.replace(m, bucket=b) for m, b in zip(plan.s3_mounts, names, strict=True)]
    template = synthesised(dataclasses.replace(plan, s3_mounts=tuple(mounts)))

    assert_within_quotas(template)


@pytest.mark.parametrize("seed", PARALLELCLUSTER, ids=lambda seed: seed.stem)
def test_policies_stay_within_the_quotas_of_iam(seed):
    assert_within_quotas(template_of(seed))


def assert_within_quotas(template):
    quotas, longest_arn = iam.quotas(), "arn:aws-iso-b:s3:::" + "b" * 63
    for policy in resources(template, "AWS::IAM::ManagedPolicy").values():
        text = json.dumps(resolved(policy["Properties"]["PolicyDocument"], template))
        tokens = text.count("arn:aws:stand-in")
        size = len("".join(text.split())) + tokens * len(longest_arn)
        assert size <= quotas.policy_characters
    with_aws_own = 2  # for Systems Manager, and for logs, which ParallelCluster adds
    for policies in policies_by_node(template).values():
        assert len(policies) + with_aws_own <= quotas.managed_policies_of_a_role


def _of_nodes(template):
    return [rights(template, policies) for policies in policies_by_node(template).values()]


def _bucket_of_scripts(template):
    (bucket,) = resources(template, "AWS::S3::Bucket")
    return text_of({"Fn::GetAtt": [bucket, "Arn"]}, template)


@pytest.mark.parametrize(
    ("statement", "verdict"),
    [
        ({}, True),
        ({"Effect": "Deny"}, False),
        ({"Action": "S3:getobject"}, True),
        ({"Action": ["s3:Put*", "s3:Ge?Object"]}, True),
        ({"Action": "s3:GetObjectAcl"}, False),
        ({"Resource": "*"}, True),
        ({"Resource": "arn:aws:s3:::LAB/*"}, False),
        ({"Resource": "arn:aws:s3:::lab"}, False),
        ({"Resource": "arn:aws:*/data/x"}, False),
        ({"Condition": {"StringLike": {"s3:prefix": ["a/", "b/*"]}}}, True),
        ({"Condition": {"StringEquals": {"s3:prefix": "b/*"}}}, False),
        ({"Condition": {"StringEquals": {"aws:Other": "b/c"}}}, False),
        ({"Condition": {"StringLike": {"s3:prefix": "b*"}, "Bool": {"x:y": "true"}}}, False),
    ],
    ids=str,
)
def test_the_judge_decides_as_iam_documents_it(statement, verdict):
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lab/data/*"}
    found = Rights((allow | statement,))

    assert found.allow("s3:GetObject", "arn:aws:s3:::lab/data/x", s3__prefix="b/c") is verdict


def test_the_judge_lets_a_deny_win_and_never_guesses():
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Action": "s3:Put*", "Resource": "arn:aws:s3:::lab/*"}

    assert not Rights((allow, deny)).allow("s3:PutObject", "arn:aws:s3:::lab/x")
    assert Rights((allow, deny)).allow("s3:GetObject", "arn:aws:s3:::lab/x")
    for unknown in ({"NotAction": "s3:*"}, {"Condition": {"IpAddress": {"aws:SourceIp": "::1"}}}):
        with pytest.raises((ValueError, KeyError)):
            Rights((allow | unknown,)).allow("s3:GetObject", "arn:aws:s3:::lab/x")
