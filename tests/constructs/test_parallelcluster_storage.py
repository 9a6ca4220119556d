"""Shared storage in the stack of a ParallelCluster: what is made, who reaches it, what stays."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from petal_constructs.cli.assembly import synthesise
from petal_constructs.plan.values import SharedFolder
from petal_constructs.platforms import platform
from tests.stacks import (
    BIO,
    ROOT,
    Template,
    cluster_configuration,
    plan_of,
    resources,
    synthesised,
    template_of,
)

SHARED = ROOT / "seeds/shared-storage.yaml"
VOLUME = SharedFolder("reference", "ebs", "/reference", 500, None, keep=False)
EXISTING = (
    SharedFolder("projects", "efs", "/projects", None, "fs-0123456789abcdef0", keep=True),
    SharedFolder("fast", "fsx-lustre", "/fast", None, "fs-0123456789abcdef1", keep=True),
    SharedFolder("netapp", "fsx-ontap", "/netapp", None, "fsvol-0123456789abcdef2", keep=True),
)


def with_folders(*folders: SharedFolder) -> Any:
    return dataclasses.replace(plan_of(BIO), shared=folders)


def storage(template: Template, name: str) -> dict[str, Any]:
    (found,) = [s for s in cluster_configuration(template)["SharedStorage"] if s["Name"] == name]
    return found


def test_ids_of_file_systems_are_a_contract():
    """A new logical id is a new, empty file system."""
    template = template_of(SHARED)

    assert list(resources(template, "AWS::EFS::FileSystem")) == ["ClusterStorageFileshomes406E2E25"]
    assert list(resources(template, "AWS::FSx::FileSystem")) == [
        "ClusterStorageFilesscratch071119E6"
    ]


def test_parallelcluster_mounts_them_by_id_so_that_it_never_replaces_them():
    template = template_of(SHARED)

    for kind, name, settings in (
        ("AWS::EFS::FileSystem", "homes", "EfsSettings"),
        ("AWS::FSx::FileSystem", "scratch", "FsxLustreSettings"),
    ):
        (made,) = resources(template, kind)
        assert storage(template, name)[settings]["FileSystemId"] == {"Ref": made}


def test_every_node_is_in_the_group_that_the_file_systems_let_in():
    """ParallelCluster refuses a file system that does not let in each of its nodes."""
    template = template_of(SHARED)
    config = cluster_configuration(template)
    networks = [queue["Networking"] for queue in config["Scheduling"]["SlurmQueues"]]
    groups = [n["AdditionalSecurityGroups"] for n in (config["HeadNode"]["Networking"], *networks)]
    (nodes,) = groups[0]

    assert all(group == [nodes] for group in groups)
    rules = resources(template, "AWS::EC2::SecurityGroupIngress").values()
    opened = {
        (rule["Properties"]["FromPort"], rule["Properties"]["ToPort"])
        for rule in rules
        if rule["Properties"]["SourceSecurityGroupId"] == nodes
    }
    assert opened == {(2049, 2049), (988, 988), (1018, 1023)}


def test_the_cluster_waits_for_mount_targets_and_rules_and_goes_before_them():
    template = template_of(SHARED)
    (cluster,) = resources(template, "Custom::PclusterCluster").values()
    needed = {
        *resources(template, "AWS::EFS::MountTarget"),
        *resources(template, "AWS::FSx::FileSystem"),
        *resources(template, "AWS::EC2::SecurityGroupIngress"),
    }

    assert needed <= set(cluster["DependsOn"])


def test_efs_is_mounted_with_tls_which_its_policy_demands():
    settings = storage(template_of(SHARED), "homes")["EfsSettings"]

    assert settings["EncryptionInTransit"] is True


def test_the_head_nodes_disk_goes_where_homes_lie_elsewhere():
    def goes(template: Template) -> bool:
        disk = cluster_configuration(template)["HeadNode"]["LocalStorage"]["RootVolume"]
        return bool(disk["DeleteOnTermination"])

    assert goes(template_of(SHARED))
    assert not goes(template_of(BIO))


def test_existing_file_systems_need_nothing_of_the_stack():
    """Who reaches them is their owner's business."""
    template = synthesised(with_folders(*EXISTING))
    plain = template_of(BIO)

    assert template["Resources"].keys() == plain["Resources"].keys()
    assert "AdditionalSecurityGroups" not in str(cluster_configuration(template)["Scheduling"])


@pytest.mark.parametrize("allowed", [True, False])
def test_a_volume_goes_only_if_seed_and_deployer_say_so(tmp_path, allowed):
    kept = dataclasses.replace(VOLUME, name="kept", mount_point="/kept", keep=True)
    plan = with_folders(VOLUME, kept)
    synthesise(plan, tmp_path / "out", check_template=False, destroy_data=allowed)
    (file,) = Path(tmp_path, "out").glob("*.template.json")
    template = json.loads(file.read_text("utf-8"))

    ends = {
        name: storage(template, name)["EbsSettings"]["DeletionPolicy"]
        for name in ("petal", "kept", "reference")
    }
    gone = "Delete" if allowed else "Retain"
    assert ends == {"petal": "Retain", "kept": "Retain", "reference": gone}


def test_what_is_kept_is_named_before_a_cluster_is_deleted():
    told = platform("parallelcluster").kept(plan_of(SHARED))

    assert "/home: EFS file system, tag Name=petal-shared-storage homes" in told
    assert any(line.startswith("/scratch: FSx") and "unless" in line for line in told)
    assert not any("head node's disk" in line for line in told)
