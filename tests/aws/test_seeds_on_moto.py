"""`cdk ls`, `synth`, `deploy`, `destroy` of a seed by the CDK's own command line, against moto."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.oracles.parallelcluster import ParallelClusterOracle, stringify
from tests.stacks import BIO, template_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.aws.cloud import Cloud

pytestmark = pytest.mark.oracle


@pytest.fixture(scope="module")
def parallelcluster() -> Iterator[ParallelClusterOracle]:
    with ParallelClusterOracle() as oracle:
        yield oracle


def edited_bio(folder: Path, before: str, after: str) -> Path:
    """A copy of the seed with one piece of text changed."""
    text = BIO.read_text()
    assert before in text
    copy = folder / "bio.yaml"
    copy.write_text(text.replace(before, after, 1))
    return copy


def test_the_app_holds_one_stack_for_a_seed(moto_cloud: Cloud, tmp_path: Path) -> None:
    out = ("--output", tmp_path / "cdk.out")

    listed = moto_cloud.cdk("ls", "-c", "seed=seeds/bio.yaml", *out)
    synthesised = moto_cloud.cdk("synth", "--quiet", "-c", "seed=seeds/bio.yaml", *out)

    assert listed.stdout.splitlines() == ["petal-bio"]
    assert synthesised.returncode == 0, synthesised.stderr
    written = json.loads((tmp_path / "cdk.out/petal-bio.template.json").read_text())
    assert without_metadata(written) == without_metadata(template_of(BIO))


def without_metadata(template: dict) -> dict:
    """What the command line asks for besides: paths of constructs, and the CDK's usage report."""
    resources = {
        name: {key: value for key, value in resource.items() if key != "Metadata"}
        for name, resource in template["Resources"].items()
        if resource["Type"] != "AWS::CDK::Metadata"
    }
    return {"Resources": resources, "Outputs": template["Outputs"]}


def test_a_seed_with_errors_prints_them_and_no_traceback(moto_cloud: Cloud, tmp_path: Path) -> None:
    bad = edited_bio(tmp_path, "max_count: 20", "max_cuont: 20")

    refused = moto_cloud.cdk("synth", "-c", f"seed={bad}", "--output", tmp_path / "cdk.out")

    assert refused.returncode != 0
    assert "error[P101]: compute.queues[0].max_cuont: no such key" in refused.stderr
    assert "hint: did you mean max_count?" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_without_a_seed_the_app_says_how_to_name_one(moto_cloud: Cloud, tmp_path: Path) -> None:
    refused = moto_cloud.cdk("ls", "--output", tmp_path / "cdk.out")

    assert refused.returncode != 0
    assert "add -c seed=FILE" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_seed_lives_from_deploy_to_destroy(
    moto_cloud: Cloud, tmp_path: Path, parallelcluster: ParallelClusterOracle
) -> None:
    out = ("--output", tmp_path / "cdk.out")
    grown = edited_bio(tmp_path, "max_count: 20", "max_count: 30")

    deployed = moto_cloud.deploy("-c", f"seed={BIO}", *out)
    assert deployed.returncode == 0, deployed.stderr
    updated = moto_cloud.deploy("-c", f"seed={grown}", *out)
    assert updated.returncode == 0, updated.stderr
    outputs = moto_cloud.outputs("petal-bio")
    created, changed = (e["ResourceProperties"]["ClusterConfiguration"] for e in moto_cloud.events)
    objects = bucket_objects(moto_cloud, created["HeadNode"]["CustomActions"])
    destroyed = moto_cloud.cdk("destroy", "--force", "-c", f"seed={grown}", *out)
    assert destroyed.returncode == 0, destroyed.stderr

    assert outputs["SshCommand"] == "ssh researcher1@192.0.2.10"
    assert {"petal-node.sh", "data/users.tsv", "manifest.sha256"} <= objects
    zones = dict.fromkeys(subnets(created), "a")
    assert parallelcluster.errors(stringify(created), "bio", zones=zones) == []
    assert parallelcluster.update(stringify(created), stringify(changed)).allowed


def bucket_objects(cloud: Cloud, actions: dict) -> set[str]:
    """Keys of the node files, below the address that the head node reads them from."""
    bucket, _, prefix = actions["OnNodeConfigured"]["Args"][1].removeprefix("s3://").partition("/")
    listed = cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
    return {entry["Key"].removeprefix(f"{prefix}/") for entry in listed}


def subnets(config: dict) -> set[str]:
    words = yaml.safe_dump(config).replace("'", " ").split()
    return {word for word in words if word.startswith("subnet-")}
