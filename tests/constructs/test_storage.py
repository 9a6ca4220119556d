"""File systems and rights to buckets, as CloudFormation will make them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from petal_constructs.constructs.keep import DESTROY
from petal_constructs.constructs.storage import Place, SharedStorage
from petal_constructs.plan.values import SharedFolder
from tests.oracles.templates import cfn_lint_errors, nag
from tests.stacks import Template, resources

HOME = SharedFolder("Home", "efs", "/home", None, None, keep=True)
PROJECTS = SharedFolder("projects", "efs", "/projects", None, "fs-0123456789abcdef0", keep=True)
FAST = SharedFolder("fast", "fsx-lustre", "/fast", 1200, None, keep=True)
OLD_FAST = SharedFolder("old", "fsx-lustre", "/old", None, "fs-0123456789abcdef1", keep=True)
NODES = "sg-0123456789abcdef0"
PLACE = Place(
    "vpc-0123456789abcdef0", ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"), NODES
)
ENVIRONMENT = cdk.Environment(region="us-east-1")


def app_with(
    folder: Path, folders: Sequence[SharedFolder], **context: Any
) -> tuple[cdk.App, SharedStorage]:
    app = cdk.App(outdir=str(folder), context=context)
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT)
    return app, SharedStorage(stack, "Storage", folders=folders, place=PLACE)


def template(app: cdk.App) -> Template:
    app.synth()
    found: Template = json.loads(Path(app.outdir, "Stack.template.json").read_text())
    return found


@pytest.fixture
def made(tmp_path: Path) -> Any:
    return lambda *folders, **context: template(app_with(tmp_path, folders, **context)[0])


def test_ids_of_file_systems_are_a_contract(made):
    """A new logical id is a new, empty file system."""
    found = made(HOME, FAST)

    assert list(resources(found, "AWS::EFS::FileSystem")) == ["StorageHome3F860D26"]
    assert list(resources(found, "AWS::FSx::FileSystem")) == ["Storagefast68784C3F"]


SCRATCH = SharedFolder(
    "scratch", "fsx-lustre", "/scratch", 1200, None, keep=False, import_from="s3://my-data/in"
)


@pytest.mark.parametrize(
    ("keep", "context", "goes"),
    [
        (True, {}, False),
        (False, {}, False),
        (True, {DESTROY: "true"}, False),
        (False, {DESTROY: "false"}, False),
        (False, {DESTROY: "true"}, True),
        (False, {DESTROY: True}, True),
    ],
)
def test_data_goes_with_the_stack_only_if_seed_and_deployer_say_so(made, keep, context, goes):
    folders = [dataclasses.replace(folder, keep=keep) for folder in (HOME, FAST, SCRATCH)]
    found = made(*folders, **context)

    for kind in ("EFS::FileSystem", "FSx::FileSystem", "FSx::DataRepositoryAssociation"):
        for files in resources(found, f"AWS::{kind}").values():
            assert files["DeletionPolicy"] == ("Delete" if goes else "RetainExceptOnCreate")
            assert files["UpdateReplacePolicy"] == ("Delete" if goes else "Retain")


@pytest.mark.parametrize("export", [True, False])
def test_a_lustre_follows_its_bucket_and_never_deletes_in_it(made, export):
    found = made(dataclasses.replace(SCRATCH, export=export))
    (link,) = resources(found, "AWS::FSx::DataRepositoryAssociation").values()
    policies = link["Properties"]["S3"]

    assert link["Properties"]["DataRepositoryPath"] == "s3://my-data/in"
    assert link["Properties"]["FileSystemPath"] == "/"
    assert policies["AutoImportPolicy"] == {"Events": ["NEW", "CHANGED", "DELETED"]}
    assert policies.get("AutoExportPolicy") == ({"Events": ["NEW", "CHANGED"]} if export else None)


def test_homes_are_encrypted_backed_up_and_mounted_with_tls_only(made):
    (home,) = resources(made(HOME), "AWS::EFS::FileSystem").values()
    found = home["Properties"]

    assert found["Encrypted"] is True
    assert found["ThroughputMode"] == "elastic"
    assert found["BackupPolicy"] == {"Status": "ENABLED"}
    (statement,) = found["FileSystemPolicy"]["Statement"]
    assert statement["Condition"]["Bool"]["aws:SecureTransport"] == "true"


def test_homes_are_reached_from_every_zone_and_by_nodes_alone(made):
    found = made(HOME)
    targets = resources(found, "AWS::EFS::MountTarget").values()
    (rule,) = resources(found, "AWS::EC2::SecurityGroupIngress").values()

    assert {target["Properties"]["SubnetId"] for target in targets} == set(PLACE.subnet_ids)
    assert rule["Properties"]["SourceSecurityGroupId"] == NODES
    assert (rule["Properties"]["FromPort"], rule["Properties"]["ToPort"]) == (2049, 2049)
    (group,) = resources(found, "AWS::EC2::SecurityGroup").values()
    assert "SecurityGroupIngress" not in group["Properties"]


def test_a_lustre_that_stays_keeps_its_security_group_and_no_other(made):
    """A group in use cannot be deleted, and a rule in it would hold the nodes' group."""
    found = made(FAST)
    (group,) = resources(found, "AWS::EC2::SecurityGroup").values()
    rules = resources(found, "AWS::EC2::SecurityGroupIngress").values()

    assert group["DeletionPolicy"] == "RetainExceptOnCreate"
    assert all("DeletionPolicy" not in rule for rule in rules)
    assert {(r["Properties"]["FromPort"], r["Properties"]["ToPort"]) for r in rules} == {
        (988, 988),
        (1018, 1023),
    }


def test_a_lustre_comes_after_the_rules_that_fsx_looks_for(made):
    found = made(FAST)
    (files,) = resources(found, "AWS::FSx::FileSystem").values()
    rules = resources(found, "AWS::EC2::SecurityGroupIngress")

    assert sorted(files["DependsOn"]) == sorted(name for name in rules if "fastOwn" in name)


def test_a_lustre_has_the_size_of_the_seed_and_stands_in_the_first_zone(made):
    (files,) = resources(made(FAST), "AWS::FSx::FileSystem").values()

    assert files["Properties"]["StorageCapacity"] == 1200
    assert files["Properties"]["SubnetIds"] == [PLACE.subnet_ids[0]]
    assert files["Properties"]["LustreConfiguration"]["DeploymentType"] == "PERSISTENT_2"


def test_existing_file_systems_are_not_made_again(tmp_path):
    app, storage = app_with(tmp_path, [PROJECTS, OLD_FAST])
    found = template(app)

    assert storage.files["projects"].id == PROJECTS.id
    assert storage.files["old"].id == OLD_FAST.id
    assert resources(found, "AWS::EFS::FileSystem") == {}
    assert resources(found, "AWS::FSx::FileSystem") == {}
    (asked,) = resources(found, "Custom::AWS").values()
    assert json.loads(asked["Properties"]["Create"])["action"] == "DescribeFileSystems"


def test_cfn_lint_finds_no_error(made):
    assert cfn_lint_errors(made(HOME, PROJECTS, FAST, OLD_FAST, SCRATCH), "us-east-1") == []


def test_no_finding_of_cdk_nag_is_left_without_a_reason(tmp_path):
    app, _ = app_with(tmp_path, [HOME, PROJECTS, FAST, OLD_FAST, SCRATCH])
    findings = nag(app)

    assert [str(finding) for finding in findings if not finding.reason] == []
