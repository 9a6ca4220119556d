"""The registry of a seed: names, what stays, and rights by IAM's own logic."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from petal_constructs.catalog import codebuild
from petal_constructs.containers.build import recipes
from petal_constructs.plan.registry import (
    lifecycle_policy,
    namespace,
    plan_registry,
    pull_statements,
    push_statements,
    repository_policy,
)
from petal_constructs.render.build_context import build_context
from petal_constructs.render.image_bundle import image_bundle, tag
from petal_constructs.seed.model import Seed
from tests.rights import Rights

ACCOUNT = "123456789012"
ECR_NAME = r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*"
"""Of repositories and prefixes (ECR API reference, CreateRepository)."""
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:ecr-pullthroughcache/github-AbCdEf"
OWN = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/genomics/own:v1"
BIO = {"name": "bio", "packages": ["samtools@1.17", "bwa"]}


def seed_of(name="Genomics", containers=(BIO,), types=("c6i.4xlarge",), **registry):
    queues = [{"name": f"q{i}", "instance_types": [kind]} for i, kind in enumerate(types)]
    seed = {
        "cluster": {"name": name, "region": "us-east-1", "platform": "pcs"},
        "compute": {"queues": queues},
        "software": {"containers": list(containers)},
        "registry": registry,
    }
    return Seed.model_validate_json(json.dumps(seed))


def planned(*arguments, **named):
    return plan_registry(seed_of(*arguments, **named))


def names(plan):
    return [repository.name for repository in plan.repositories]


def arn(name, account=ACCOUNT, region="us-east-1"):
    return f"arn:aws:ecr:{region}:{account}:repository/{name}"


def test_what_petal_builds_has_a_repository_unless_it_is_pushed_elsewhere():
    elsewhere = BIO | {"name": "elsewhere", "image": "registry.example.org/bio:v1"}
    far = BIO | {"name": "far", "image": OWN.replace("us-east-1", "eu-west-1")}
    own = BIO | {"name": "own", "image": OWN}
    theirs = {"name": "theirs", "image": "public.ecr.aws/bio/tools:v1.0"}

    plan = planned(containers=(BIO, elsewhere, far, own, theirs))

    assert names(plan) == ["genomics/bio", "genomics/own"]


@given(st.from_regex(r"[a-zA-Z][a-zA-Z0-9-]{0,59}", fullmatch=True))
def test_whatever_the_cluster_is_called_ecr_takes_its_names(cluster):
    plan = planned(cluster, public_cache=True, github_secret=SECRET)

    for name in (*names(plan), *(cache.prefix for cache in plan.caches)):
        assert re.fullmatch(ECR_NAME, name)
    assert all(2 <= len(cache.prefix) <= 30 for cache in plan.caches)


def test_names_are_lower_case_with_single_hyphens():
    assert namespace("Gen--Omics-") == "gen-omics"


def test_long_names_of_clusters_keep_their_caches_apart():
    one, other = (planned("a" * 40 + end, public_cache=True).caches[0].prefix for end in "xy")

    assert one != other
    assert one.startswith("aaaaaaaaaaaaaaaa-")


def test_copies_of_github_are_made_with_a_secret_alone():
    assert planned().caches == ()
    (cache,) = planned(github_secret=SECRET).caches
    assert (cache.upstream, cache.url, cache.secret_arn) == (
        "github-container-registry",
        "ghcr.io",
        SECRET,
    )


def test_nodes_pull_the_images_of_their_cluster_and_no_others():
    rights = Rights(tuple(pull_statements(planned(), "aws", ACCOUNT)))

    assert rights.allow("ecr:GetAuthorizationToken", "*")
    for action in ("BatchGetImage", "GetDownloadUrlForLayer", "BatchCheckLayerAvailability"):
        assert rights.allow(f"ecr:{action}", arn("genomics/bio"))
        for other in ("genomics/biology", "genomics", "other/bio"):
            assert not rights.allow(f"ecr:{action}", arn(other))
        assert not rights.allow(f"ecr:{action}", arn("genomics/bio", account="210987654321"))
        assert not rights.allow(f"ecr:{action}", arn("genomics/bio", region="eu-west-1"))
    for action in ("PutImage", "BatchDeleteImage", "CreateRepository", "BatchImportUpstreamImage"):
        assert not rights.allow(f"ecr:{action}", arn("genomics/bio"))


def test_a_first_pull_through_a_cache_may_make_its_copy_and_nothing_else():
    plan = planned(public_cache=True)
    rights = Rights(tuple(pull_statements(plan, "aws", ACCOUNT)))

    for action in ("BatchImportUpstreamImage", "CreateRepository", "BatchGetImage"):
        assert rights.allow(f"ecr:{action}", arn("genomics/public/bio/tools"))
        assert not rights.allow(f"ecr:{action}", arn("genomics/publications"))
        assert not rights.allow(f"ecr:{action}", arn("genomics/ghcr/bio"))
    assert not rights.allow("ecr:PutImage", arn("genomics/public/bio/tools"))


def test_builds_push_to_their_repositories_and_delete_nothing():
    rights = Rights(tuple(push_statements(planned(), "aws", ACCOUNT)))

    assert rights.allow("ecr:PutImage", arn("genomics/bio"))
    assert not rights.allow("ecr:PutImage", arn("genomics/chem"))
    for action in ("BatchDeleteImage", "DeleteRepository", "SetRepositoryPolicy"):
        assert not rights.allow(f"ecr:{action}", arn("genomics/bio"))


def test_other_accounts_may_pull_where_the_seed_names_them():
    assert repository_policy(planned(), "aws") is None

    policy = repository_policy(planned(share_with=["210987654321"]), "aws-cn")

    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"AWS": ["arn:aws-cn:iam::210987654321:root"]}
    assert not [action for action in statement["Action"] if "Put" in action or "Upload" in action]


def test_nothing_with_a_tag_goes_unless_the_seed_says_so():
    (rule,) = lifecycle_policy()["rules"]

    assert rule["selection"]["tagStatus"] == "untagged"
    assert rule["selection"]["countNumber"] == 14


def test_protected_tags_come_before_the_rule_that_takes_old_images():
    _, protected, newest = (rule["selection"] for rule in lifecycle_policy(50)["rules"])

    assert protected["tagPatternList"] == ["keep-*"]
    assert protected["countNumber"] > 1000  # of which no later rule may take any
    assert (newest["tagPatternList"], newest["countNumber"]) == (["*"], 50)


@pytest.mark.parametrize(
    ("types", "machines"),
    [
        (["c6i.4xlarge"], ("x86_64",)),
        (["c7g.4xlarge"], ("aarch64",)),
        (["c7g.4xlarge", "c6i.4xlarge"], ("x86_64", "aarch64")),
    ],
)
def test_images_are_built_on_machines_like_the_nodes(types, machines):
    plan = planned(types=types)
    row = image_bundle(plan)["images.tsv"].rstrip("\n").split("\t")

    assert plan.machines == machines
    assert row[:2] == ["contexts/bio", "genomics/bio"]
    assert row[3] == " ".join(machines)
    assert set(machines) <= set(codebuild.facts().machines)


def test_the_same_context_has_the_same_tag_and_another_another():
    one, same, other = (
        image_bundle(planned(containers=[BIO | {"packages": packages}]))["images.tsv"]
        for packages in (["bwa"], ["bwa"], ["bwa", "samtools"])
    )

    assert one == same != other
    assert tag({"a": "bc"}) != tag({"ab": "c"})


def test_codebuild_builds_what_petal_build_container_writes():
    seed = seed_of(containers=[BIO, BIO | {"name": "chem", "packages": ["gromacs"]}])
    bundle = image_bundle(plan_registry(seed))

    for recipe in recipes(seed, "pcs", "spack"):
        for path, text in build_context(recipe).items():
            assert bundle[f"contexts/{recipe.image.name}/{path}"] == text
