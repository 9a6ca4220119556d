"""The registry's stack, as CloudFormation will make it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import yaml

from petal_constructs.app import add_registry_stack, new_app
from petal_constructs.constructs.container_registry import ContainerRegistry
from petal_constructs.constructs.keep import DESTROY
from petal_constructs.constructs.registry_stack import ContainerRegistryStack
from petal_constructs.errors import UsageError
from petal_constructs.plan.registry import plan_registry, push_statements
from petal_constructs.planning import load_seed
from tests.oracles.templates import cfn_lint_errors, nag
from tests.rights import Rights, resolved
from tests.snapshots.test_templates import YamlSnapshot, masked
from tests.stacks import resources

KEY = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/gh-AbCdEf"
BOUNDARY = "arn:aws:iam::123456789012:policy/Boundary"
SEED = {
    "cluster": {
        "name": "genomics",
        "region": "us-east-1",
        "platform": "pcs",
        "tags": {"project": "genomes"},
        "permissions_boundary": BOUNDARY,
    },
    "compute": {
        "queues": [
            {"name": "x86", "instance_types": ["c6i.4xlarge"]},
            {"name": "arm", "instance_types": ["c7g.4xlarge"]},
        ]
    },
    "software": {
        "containers": [
            {"name": "bio", "packages": ["samtools@1.17", "bwa@0.7.17"]},
            {"name": "chem_2.0", "packages": ["gromacs"]},
        ]
    },
    "registry": {
        "keep_images": 50,
        "share_with": ["210987654321"],
        "encryption_key": KEY,
        "public_cache": True,
        "github_secret": SECRET,
    },
}


@pytest.fixture
def seed(tmp_path):
    file = tmp_path / "genomics.yaml"
    file.write_text(yaml.safe_dump(SEED))
    return file


@pytest.fixture
def plan(seed):
    return plan_registry(load_seed(seed, environment={}))


def app_with(folder, plan, **context):
    app = new_app(folder / "cdk.out")
    for key, value in context.items():
        app.node.set_context(key, value)
    ContainerRegistryStack(app, "Images", plan=plan)
    return app


def template(app, name="Images"):
    app.synth()
    return json.loads(Path(app.outdir, f"{name}.template.json").read_text())


@pytest.fixture
def made(tmp_path, plan):
    return template(app_with(tmp_path, plan))


def test_a_seed_has_one_stack_of_images_which_carries_the_seed(seed, tmp_path):
    app = new_app(tmp_path / "cdk.out")

    add_registry_stack(app, seed)

    found = template(app, "registry-petal-genomics")
    assert json.loads(found["Metadata"]["petal"]["seed"])["registry"]["keep_images"] == 50


def test_a_seed_without_images_of_petal_is_told_so(tmp_path):
    seed = tmp_path / "small.yaml"
    seed.write_text(
        yaml.safe_dump({"cluster": SEED["cluster"], "compute": SEED["compute"]}), encoding="utf-8"
    )

    with pytest.raises(UsageError, match="petal builds no image") as refused:
        add_registry_stack(new_app(tmp_path / "cdk.out"), seed)

    assert "hint: list packages under software.containers" in str(refused.value)


def test_ids_of_repositories_are_a_contract(made):
    """A new logical id asks for a repository that exists, which ECR refuses."""
    found = resources(made, "AWS::ECR::Repository")

    assert {name: each["Properties"]["RepositoryName"] for name, each in found.items()} == {
        "RegistryImagebio4BB68A3C": "genomics/bio",
        "RegistryImagechem20741A405C": "genomics/chem_2.0",
    }


@pytest.mark.parametrize(
    ("keep", "context", "goes"),
    [
        (True, {}, False),
        (True, {DESTROY: "true"}, False),
        (False, {}, False),
        (False, {DESTROY: "false"}, False),
        (False, {DESTROY: "true"}, True),
    ],
)
def test_images_go_with_the_stack_only_if_seed_and_deployer_say_so(
    tmp_path, plan, keep, context, goes
):
    found = template(app_with(tmp_path, dataclasses.replace(plan, keep=keep), **context))

    for repository in resources(found, "AWS::ECR::Repository").values():
        assert repository["DeletionPolicy"] == ("Delete" if goes else "RetainExceptOnCreate")
        assert repository["UpdateReplacePolicy"] == ("Delete" if goes else "Retain")
        assert repository["Properties"].get("EmptyOnDelete") is (True if goes else None)


def test_tags_never_move_and_every_image_is_scanned_and_encrypted(made):
    for repository in resources(made, "AWS::ECR::Repository").values():
        found = repository["Properties"]
        assert found["ImageTagMutability"] == "IMMUTABLE"
        assert found["ImageScanningConfiguration"] == {"ScanOnPush": True}
        assert found["EncryptionConfiguration"] == {"EncryptionType": "KMS", "KmsKey": KEY}


def test_copies_of_other_registries_have_a_prefix_of_the_cluster(made):
    rules = resources(made, "AWS::ECR::PullThroughCacheRule").values()
    copies = resources(made, "AWS::ECR::RepositoryCreationTemplate").values()

    assert {
        (each["Properties"]["EcrRepositoryPrefix"], each["Properties"].get("CredentialArn"))
        for each in rules
    } == {("genomics/public", None), ("genomics/ghcr", SECRET)}
    assert {each["Properties"]["Prefix"] for each in copies} == {"genomics/public", "genomics/ghcr"}


def test_a_project_for_each_architecture_builds_what_the_stack_uploads(made, plan):
    found = [each["Properties"] for each in resources(made, "AWS::CodeBuild::Project").values()]

    assert {(each["Name"], each["Environment"]["Type"]) for each in found} == {
        ("Images-x86_64", "LINUX_CONTAINER"),
        ("Images-aarch64", "ARM_CONTAINER"),
    }
    assert len({json.dumps(each["Source"]) for each in found}) == 1
    assert found[0]["Source"]["BuildSpec"] == "buildspec.yml"


def test_builds_may_push_to_the_repositories_and_write_their_log_alone(made, plan):
    (role,) = resources(made, "AWS::IAM::Role").values()
    (policy,) = role["Properties"]["Policies"]
    statements = resolved(policy["PolicyDocument"]["Statement"], made)
    rights = Rights(tuple(statements))
    expected = push_statements(plan, "aws", "111122223333")[1]

    assert role["Properties"]["PermissionsBoundary"] == BOUNDARY
    for resource in expected["Resource"]:
        assert rights.allow("ecr:PutImage", resource)
    assert not rights.allow("ecr:PutImage", expected["Resource"][0] + "x")
    assert {a for s in statements for a in _several(s["Action"]) if not a.startswith("ecr:")} == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }


def _several(value):
    return value if isinstance(value, list) else [value]


def test_another_app_takes_the_rights_to_pull_from_the_construct(tmp_path, plan):
    import aws_cdk as cdk

    stack = cdk.Stack(new_app(tmp_path), "Own")
    registry = ContainerRegistry(stack, "Registry", plan=plan)

    assert sorted(registry.repositories) == ["bio", "chem_2.0"]
    assert {a for s in registry.pull_statements() for a in s["Action"]} >= {"ecr:BatchGetImage"}


def test_cfn_lint_finds_no_error(made):
    assert cfn_lint_errors(made, "us-east-1") == []


def test_no_finding_of_cdk_nag_is_left_without_a_reason(tmp_path, plan):
    findings = nag(app_with(tmp_path, plan))

    assert [str(finding) for finding in findings if not finding.reason] == []


def test_template(made, snapshot):
    assert masked(made) == snapshot(extension_class=YamlSnapshot)
