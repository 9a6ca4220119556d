"""`petal build-container --remote`, and pushes of what it built, against moto's ECR and CodeBuild.

moto's builds end well at once and run nothing: tests/containers has failures, and the program.
"""

from __future__ import annotations

import json

import boto3
import pytest
from moto import mock_aws

from petal_constructs.plan.registry import plan_registry, projects
from petal_constructs.planning import load_seed
from petal_constructs.render.image_bundle import built_tag
from petal_constructs.seed.lock import read_lock

SEED = """\
cluster: {name: Genomics, region: us-east-1, platform: pcs}
network: {ssh_from: [192.0.2.0/24]}
compute:
  queues:
    - {name: compute, instance_types: [c7i.4xlarge]}
    - {name: arm, instance_types: [c7g.4xlarge]}
software:
  containers:
    - {name: bio, packages: [samtools@1.17, bwa]}
    - {name: chem, packages: [gromacs]}
"""
HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture
def aws(here, monkeypatch):
    """ECR and CodeBuild, with what the registry's stack makes."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    (here / "seed.yaml").write_text(SEED)
    with mock_aws():
        yield boto3.client("ecr", region_name="us-east-1")


@pytest.fixture
def plan(here, aws):
    return plan_registry(load_seed(here / "seed.yaml", environment={}))


@pytest.fixture
def stack(aws, plan):
    codebuild = boto3.client("codebuild", region_name="us-east-1")
    for name in projects(plan).values():
        codebuild.create_project(
            name=name,
            source={"type": "S3", "location": "bucket/key.zip"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard",
                "computeType": "BUILD_GENERAL1_LARGE",
            },
            serviceRole="arn:aws:iam::123456789012:role/service-role/build",
        )
    for repository in plan.repositories:
        aws.create_repository(repositoryName=repository.name)
    return codebuild


def built(aws, plan, name):
    """Put into the registry what the builds of an image push."""
    (repository,) = (each for each in plan.repositories if each.image.name == name)
    tag = built_tag(plan, repository.image)
    digests = []
    for end in ("", "-x86_64", "-aarch64"):
        kind = "application/vnd.oci.image.manifest.v1+json"
        config = {"digest": f"sha256:{name}{end}"}
        manifest = {"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}
        put = aws.put_image(
            repositoryName=repository.name, imageManifest=json.dumps(manifest), imageTag=tag + end
        )
        digests.append(put["image"]["imageId"]["imageDigest"])
    return digests


def test_without_the_stack_it_is_said_how_to_make_it(petal, aws):
    code, out, err = petal("build-container", "seed.yaml", "--remote")

    assert (code, out) == (3, "")
    assert err.endswith(
        "error: us-east-1 has no CodeBuild project registry-petal-Genomics-x86_64 and "
        "registry-petal-Genomics-aarch64\n"
        "hint: the registry's stack makes it: npx cdk deploy -c seed=seed.yaml -c stack=registry\n"
    )


def test_the_lock_names_what_was_built_for_each_machine(petal, aws, plan, stack, here):
    whole, x86, arm = built(aws, plan, "bio")
    built(aws, plan, "chem")

    code, out, err = petal("build-container", "seed.yaml", "--remote")

    assert code == 0, err
    assert out.splitlines()[0] == f"bio  {HOST}/genomics/bio@{whole}"
    locked = read_lock(here).images["Genomics/bio"]
    assert locked.machines == {"x86_64": x86, "aarch64": arm}
    assert locked.packages == ("samtools@1.17", "bwa")
    assert len(stack.list_builds()["ids"]) == 2


def test_one_image_can_be_named_and_others_stay_in_the_lock(petal, aws, plan, stack, here):
    for name in ("bio", "chem"):
        built(aws, plan, name)
        code, out, err = petal("build-container", "seed.yaml", "--remote", "--name", name)
        assert (code, out.split()[0]) == (0, name), err

    assert set(read_lock(here).images) == {"Genomics/bio", "Genomics/chem"}


def test_builds_that_left_nothing_write_no_lock(petal, stack, here):
    code, _, err = petal("build-container", "seed.yaml", "--remote")

    assert code == 3
    assert "genomics/bio: the builds ended well, and the registry lacks what they push" in err
    assert read_lock(here).images == {}


@pytest.mark.parametrize(
    "option", [("--tool", "docker"), ("--installer", "apt"), ("--context-only",), ("-o", "x")]
)
def test_options_of_builds_on_this_machine_are_refused(petal, here, option):
    (here / "seed.yaml").write_text(SEED)

    code, _, err = petal("build-container", "seed.yaml", "--remote", *option)

    assert code == 2
    assert "AWS builds what the registry's stack holds" in err


def test_an_image_of_another_registry_is_not_built_there(petal, aws, here):
    seed = SEED.replace("name: bio,", "name: bio, image: quay.io/lab/bio,")
    (here / "seed.yaml").write_text(seed)

    code, _, err = petal("build-container", "seed.yaml", "--remote")

    assert code == 2
    assert "bio: image quay.io/lab/bio lies in another registry" in err


def test_a_push_takes_what_aws_has_built_where_this_machine_has_none(
    petal, aws, plan, stack, here, monkeypatch
):
    monkeypatch.setenv("PATH", "")
    whole, *_ = built(aws, plan, "bio")

    code, out, err = petal("push-container", "seed.yaml", "--name", "bio")

    assert (code, out) == (0, f"bio  {HOST}/genomics/bio@{whole}\n")
    assert "bio: AWS CodeBuild has built and pushed it" in err
    assert read_lock(here).images["Genomics/bio"].digest == whole


def test_a_push_of_what_nobody_built_needs_a_tool(petal, aws, stack, monkeypatch):
    monkeypatch.setenv("PATH", "")

    code, _, err = petal("push-container", "seed.yaml", "--name", "bio")

    assert (code, err) == (
        3,
        "error: no container tool is here\nhint: install docker, podman or buildah\n",
    )
