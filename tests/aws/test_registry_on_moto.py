"""The registry of a seed, deployed by the CDK's own command line, read back as AWS answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from petal_constructs.plan.registry import lifecycle_policy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.cloud import Cloud

pytestmark = pytest.mark.oracle

SEED = """
cluster: {name: Genomics, region: us-east-1, tags: {project: genomes}}
compute:
  head_node: m6i.xlarge
  queues:
    - {name: compute, instance_types: [c6i.4xlarge]}
software:
  containers:
    - {name: bio, packages: [samtools@1.17, bwa@0.7.17]}
    - {name: theirs, image: "public.ecr.aws/bio/tools:v1.0"}
registry:
  keep_images: 50
  share_with: ["210987654321"]
  public_cache: true
"""
MORE = "    - {name: chem, packages: [gromacs]}\nregistry:"
STACK = "registry-petal-Genomics"


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    file = tmp_path / "genomics.yaml"
    file.write_text(SEED)
    return file


def repositories(cloud: Cloud) -> dict[str, dict[str, Any]]:
    """By name; without that of the CDK's bootstrap stack."""
    found = cloud.client("ecr").describe_repositories()["repositories"]
    named = {repository["repositoryName"]: repository for repository in found}
    return {name: named[name] for name in sorted(named) if not name.startswith("cdk-")}


def test_the_app_holds_the_cluster_or_its_registry(
    moto_cloud: Cloud, seed: Path, tmp_path: Path
) -> None:
    asked = ("ls", "-c", f"seed={seed}", "--output", tmp_path / "cdk.out")

    assert moto_cloud.cdk(*asked).stdout.splitlines() == ["petal-Genomics"]
    assert moto_cloud.cdk(*asked, "-c", "stack=registry").stdout.splitlines() == [STACK]
    refused = moto_cloud.cdk(*asked, "-c", "stack=registri")
    assert "stack=registri: no such stack\nhint: known are cluster, registry" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_registry_lives_from_deploy_to_destroy(
    moto_cloud: Cloud, seed: Path, tmp_path: Path
) -> None:
    how = ("-c", f"seed={seed}", "-c", "stack=registry", "--output", tmp_path / "cdk.out")
    ecr = moto_cloud.client("ecr")

    deployed = moto_cloud.deploy(*how)
    assert deployed.returncode == 0, deployed.stderr
    first = repositories(moto_cloud)
    lifecycle = ecr.get_lifecycle_policy(repositoryName="genomics/bio")["lifecyclePolicyText"]
    policy = ecr.get_repository_policy(repositoryName="genomics/bio")["policyText"]
    outputs = moto_cloud.outputs(STACK)

    seed.write_text(SEED.replace("registry:", MORE, 1).replace("keep_images: 50", "keep: true"))
    updated = moto_cloud.deploy(*how)
    assert updated.returncode == 0, updated.stderr
    then = repositories(moto_cloud)
    all_stay = ecr.get_lifecycle_policy(repositoryName="genomics/bio")["lifecyclePolicyText"]

    destroyed = moto_cloud.cdk("destroy", "--force", *how)
    assert destroyed.returncode == 0, destroyed.stderr

    assert list(first) == ["genomics/bio"]
    assert first["genomics/bio"]["imageTagMutability"] == "IMMUTABLE"
    assert first["genomics/bio"]["imageScanningConfiguration"]["scanOnPush"]
    assert json.loads(lifecycle) == lifecycle_policy(50)
    (shared,) = json.loads(policy)["Statement"]
    assert shared["Principal"] == {"AWS": ["arn:aws:iam::210987654321:root"]}
    host = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
    assert outputs["RegistryAddress"] == host
    assert outputs["Repository1"] == f"{host}/genomics/bio"
    assert outputs["CachePublic"] == f"{host}/genomics/public"
    assert list(then) == ["genomics/bio", "genomics/chem"]
    assert json.loads(all_stay) == lifecycle_policy()
    assert list(repositories(moto_cloud)) == ["genomics/bio", "genomics/chem"]
