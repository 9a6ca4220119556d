"""Folders and buckets as volumes of a namespace, and the role that reads the buckets."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path

import aws_cdk as cdk
import pytest

from petal_constructs.plan.values import FileSystem, S3Mount
from petal_constructs.platforms.pcs.bucket_access import BucketAccess
from petal_constructs.platforms.pcs.charts import storage as charts
from petal_constructs.platforms.pcs.charts.mounts import claims
from tests.oracles.templates import cfn_lint_errors, nag
from tests.pcs.judged import every, mistakes, only
from tests.pcs.plans import BIO, TENANTS, plan_of
from tests.stacks import resources

FILES = {
    "Home": FileSystem("fs-0123456789abcdef0"),
    "work": FileSystem("fs-0123456789abcdef1", "fs-1.fsx.us-east-1.amazonaws.com", "abcdefgh"),
}
WRITES = S3Mount("writes", "/shared/writes", "lab/2026/")


def plan_with(*mounts, text=BIO):
    plan = plan_of(text)
    return dataclasses.replace(plan, s3_mounts=(*plan.s3_mounts, *mounts))


def chart(plan=None, index=0):
    plan = plan or plan_of(BIO)
    return charts.storage(plan, plan.clusters[index], FILES)


def volume(found, mount_point):
    name = next(
        claim.name for claim in claims(plan_with(WRITES)) if claim.mount_point == mount_point
    )
    return next(
        body["spec"]
        for body in every(found, "PersistentVolume")
        if body["spec"]["claimRef"]["name"] == name
    )


def test_the_api_server_takes_every_object():
    plan = plan_with(WRITES)
    auto = dataclasses.replace(plan.kubernetes, node_starter="auto-mode")

    assert mistakes(chart(plan), charts.storage_class(plan)) == []
    assert mistakes(charts.storage_class(dataclasses.replace(plan, kubernetes=auto))) == []


def test_disks_are_encrypted_by_default():
    found = only(charts.storage_class(plan_of(BIO)), "StorageClass")

    assert found["parameters"] == {"type": "gp3", "encrypted": "true"}
    assert found["metadata"]["annotations"] == {
        "storageclass.kubernetes.io/is-default-class": "true"
    }


def test_every_claim_of_the_pods_is_bound_to_a_volume_of_its_own():
    plan = plan_with(WRITES)
    found = chart(plan)
    volumes = {body["metadata"]["name"]: body["spec"] for body in every(found, "PersistentVolume")}
    bound = {body["metadata"]["name"]: body for body in every(found, "PersistentVolumeClaim")}

    assert list(bound) == [claim.name for claim in claims(plan)]
    for name, claim in bound.items():
        spec = volumes[claim["spec"]["volumeName"]]
        assert spec["claimRef"] == {"namespace": "hpc-jobs", "name": name}
        assert spec["accessModes"] == claim["spec"]["accessModes"]
        assert spec["storageClassName"] == claim["spec"]["storageClassName"] == ""


def test_no_volume_takes_its_data_along_when_it_goes():
    for body in every(chart(plan_with(WRITES)), "PersistentVolume"):
        assert body["spec"]["persistentVolumeReclaimPolicy"] == "Retain"


def test_namespaces_share_folders_but_no_volume():
    plan = plan_of(TENANTS)
    one, other = (
        {body["metadata"]["name"] for body in every(chart(plan, index), "PersistentVolume")}
        for index in (0, 1)
    )

    assert one.isdisjoint(other)
    assert len(one) == len(other)


def test_a_folder_that_shows_something_else_gets_a_volume_of_another_name():
    """Kubernetes takes no change of a volume or claim."""
    plan = plan_of(BIO)
    (reads,) = plan.s3_mounts
    others = [
        dataclasses.replace(plan, s3_mounts=(dataclasses.replace(reads, **change),))
        for change in ({"bucket": "others"}, {"prefix": "lab/"}, {"read_only": False})
    ]
    existing = dataclasses.replace(plan.homes, id="fs-0123456789abcdef5")
    others.append(dataclasses.replace(plan, homes=existing))

    kept = {claim.name for claim in claims(plan)}
    assert all(len(kept - {claim.name for claim in claims(other)}) == 1 for other in others)


def test_homes_are_mounted_encrypted():
    csi = volume(chart(), "/home")["csi"]

    assert csi["driver"] == "efs.csi.aws.com"
    assert csi["volumeHandle"] == "fs-0123456789abcdef0"
    assert csi["volumeAttributes"] == {"encryptInTransit": "true"}


def test_a_lustre_is_mounted_by_its_address_with_locks():
    found = volume(chart(), "/work")

    assert found["mountOptions"] == ["flock"]
    assert found["csi"]["volumeAttributes"] == {
        "dnsname": "fs-1.fsx.us-east-1.amazonaws.com",
        "mountname": "abcdefgh",
    }


def test_a_bucket_that_is_read_only_is_so_for_mount_and_pod():
    found = volume(chart(), "/shared/reads")

    assert found["accessModes"] == ["ReadOnlyMany"]
    assert found["mountOptions"] == [
        "allow-other",
        "uid=0",
        "gid=0",
        "read-only",
        "dir-mode=0555",
        "file-mode=0444",
    ]


def test_a_bucket_is_mounted_below_its_prefix_with_the_rights_of_the_pod():
    found = volume(chart(plan_with(WRITES)), "/shared/writes")

    assert "prefix=lab/2026/" in found["mountOptions"]
    assert "allow-delete" in found["mountOptions"]
    assert found["csi"]["volumeAttributes"] == {
        "bucketName": "writes",
        "authenticationSource": "pod",
        "stsRegion": "us-east-1",
    }


def test_in_other_partitions_mountpoint_is_told_where_buckets_lie():
    plan = dataclasses.replace(plan_with(WRITES), region="cn-north-1")

    assert "region=cn-north-1" in volume(chart(plan), "/shared/writes")["mountOptions"]


def test_mount_options_are_those_of_parallelcluster_nodes(tmp_path):
    """The same folders must look the same on both platforms."""
    step = Path("petal_constructs/templates/node/steps/20-mounts.sh").read_text()
    body = step[step.index("word() {") : step.index("unit_text() {")]
    for mount in (plan_of(BIO).s3_mounts[0], WRITES):
        call = [
            mount.bucket,
            mount.mount_point,
            mount.prefix or "-",
            "ro" if mount.read_only else "rw",
        ]
        shell = f'{body}\nmount-s3() {{ :; }}\ncommand_line "$@"'
        done = subprocess.run(
            ["bash", "-c", shell, "bash", *call], capture_output=True, text=True, check=True
        )
        theirs = {word.strip('"') for word in done.stdout.split() if word.startswith('"--')}

        ours = volume(chart(plan_with(WRITES)), mount.mount_point)["mountOptions"]
        assert {f"--{option}" for option in ours} == theirs


def test_new_folders_are_opened_to_all_users_but_homes_and_existing_ones_are_left_alone():
    plan = plan_of(BIO)
    jobs = every(chart(plan), "Job")
    existing = dataclasses.replace(plan.shared[0], id="fs-0123456789abcdef1")

    assert len(jobs) == 1
    assert "work" in jobs[0]["metadata"]["name"]
    assert every(chart(dataclasses.replace(plan, shared=(existing,))), "Job") == []


@pytest.mark.parametrize(("before", "after"), [("755", "1777"), ("2770", "2770"), ("700", "700")])
def test_a_folder_is_opened_once_and_never_against_its_owner(tmp_path, before, after):
    tmp_path.chmod(int(before, 8))
    script = charts.OPEN_NEW_FOLDER.replace("/folder", str(tmp_path))

    subprocess.run(["sh", "-c", script], check=True)

    assert f"{tmp_path.stat().st_mode & 0o7777:o}" == after


class TestBuckets:
    """Rights to buckets, as CloudFormation will make them."""

    @staticmethod
    def app(folder, plan):
        app = cdk.App(outdir=str(folder))
        stack = cdk.Stack(app, "Stack", env=cdk.Environment(region="us-east-1"))
        BucketAccess(stack, "Buckets", plan=plan, cluster_name="bio")
        return app

    def template(self, folder, plan):
        self.app(folder, plan).synth()
        return json.loads(Path(folder, "Stack.template.json").read_text())

    def test_jobs_may_do_with_buckets_what_the_seed_says(self, tmp_path):
        found = self.template(tmp_path, plan_with(WRITES))
        (policy,) = resources(found, "AWS::IAM::ManagedPolicy").values()
        (association,) = resources(found, "AWS::EKS::PodIdentityAssociation").values()

        actions = {
            action
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]
            for action in statement["Action"]
        }
        assert "s3:DeleteObject" in actions
        assert association["Properties"]["ServiceAccount"] == "petal-jobs"
        assert association["Properties"]["Namespace"] == "hpc-jobs"

    def test_every_namespace_gets_them_and_one_more_changes_nothing_else(self, tmp_path):
        plan = plan_with(WRITES, text=TENANTS)
        all_of_them = self.template(tmp_path / "all", plan)["Resources"]
        fewer = dataclasses.replace(plan, clusters=plan.clusters[:1])
        some = self.template(tmp_path / "some", fewer)["Resources"]

        (added,) = set(all_of_them) - set(some)
        assert all_of_them[added]["Properties"]["Namespace"] == "hpc-pharma"
        assert {name: all_of_them[name] for name in some} == some

    def test_without_a_bucket_there_is_no_role(self, tmp_path):
        plan = dataclasses.replace(plan_of(BIO), s3_mounts=())

        assert "Resources" not in self.template(tmp_path, plan)

    def test_buckets_that_outgrow_a_policy_get_several(self, tmp_path):
        mounts = (S3Mount(f"bucket-of-lab-{n}", f"/data/{n}", f"lab/{n}/") for n in range(60))
        found = self.template(tmp_path, plan_with(*mounts))
        (role,) = resources(found, "AWS::IAM::Role").values()

        policies = resources(found, "AWS::IAM::ManagedPolicy")
        assert len(policies) > 1
        assert role["Properties"]["ManagedPolicyArns"] == [{"Ref": name} for name in policies]

    def test_judges_find_nothing(self, tmp_path):
        plan = plan_with(WRITES, text=TENANTS)
        found = self.template(tmp_path / "lint", plan)
        findings = nag(self.app(tmp_path / "nag", plan))

        assert cfn_lint_errors(found, "us-east-1") == []
        assert [str(finding) for finding in findings if not finding.reason] == []
