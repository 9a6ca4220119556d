"""Shared storage of every kind before ParallelCluster's own validators and update policy."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest

from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.plan.values import SharedFolder
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.rendering import placeholders
from tests.oracles.parallelcluster import stringify
from tests.oracles.test_seeds import zones
from tests.stacks import BIO, plan_of

pytestmark = pytest.mark.oracle


def folder(name: str, kind: Any, **keys: Any) -> SharedFolder:
    given = {"mount_point": f"/{name}", "size_gib": None, "id": None, "keep": True} | keys
    return SharedFolder(name, kind, **given)


HOMES = folder("homes", "efs", mount_point="/home")
EFS = folder("projects", "efs")
LUSTRE = folder("scratch", "fsx-lustre", size_gib=1200)
VOLUME = folder("reference", "ebs", size_gib=500)
OLD_EFS = folder("old-efs", "efs", id="fs-0123456789abcdef2")
OLD_LUSTRE = folder("old-lustre", "fsx-lustre", id="fs-0123456789abcdef3")
OLD_VOLUME = folder("old-volume", "ebs", id="vol-0123456789abcdef4")
ONTAP = folder("ontap", "fsx-ontap", id="fsvol-0123456789abcdef5")
OPENZFS = folder("openzfs", "fsx-openzfs", id="fsvol-0123456789abcdef6")
EVERYTHING = (HOMES, EFS, LUSTRE, VOLUME, OLD_EFS, OLD_LUSTRE, OLD_VOLUME, ONTAP, OPENZFS)


def configuration(*folders: SharedFolder) -> dict[str, Any]:
    plan = dataclasses.replace(plan_of(BIO), shared=folders)
    return stringify(cluster_config(plan, placeholders(plan)))


def several(count: int, prefix: str, kind: Any, **keys: Any) -> Sequence[SharedFolder]:
    """Existing ones with ids of their own."""
    return [
        folder(f"f{n}", kind, **keys, id=f"{prefix}-{0xABC0000 + n:017x}") for n in range(count)
    ]


def test_every_kind_is_accepted_new_and_existing(parallelcluster):
    config = configuration(*EVERYTHING)

    assert parallelcluster.errors(config, zones=zones(config)) == []


@pytest.mark.parametrize("homes", [HOMES, dataclasses.replace(ONTAP, mount_point="/home")])
def test_homes_may_lie_on_a_file_system(parallelcluster, homes):
    config = configuration(homes)

    assert parallelcluster.errors(config, zones=zones(config)) == []


@pytest.mark.parametrize(
    ("most", "prefix", "kind"),
    [
        (FACTS.storage.ebs_volumes - 1, "vol", "ebs"),
        (FACTS.storage.existing_efs, "fs", "efs"),
        (FACTS.storage.existing_fsx, "fs", "fsx-lustre"),
        (FACTS.storage.existing_fsx, "fsvol", "fsx-ontap"),
    ],
)
def test_parallelcluster_counts_as_petal_does(parallelcluster, most, prefix, kind):
    fits = configuration(*several(most, prefix, kind))
    too_many = configuration(*several(most + 1, prefix, kind))

    assert parallelcluster.errors(fits, zones=zones(fits)) == []
    (error,) = parallelcluster.errors(too_many, zones=zones(too_many))
    assert "NumberOfStorageValidator" in error


@pytest.mark.parametrize(
    "refused",
    [
        folder("petal", "efs"),
        folder("large", "ebs", size_gib=FACTS.storage.ebs_volume_largest_gib + 1),
        folder("default", "efs"),
        folder("none", "efs", mount_point="/NONE"),
        folder("short", "fsx-lustre", id="fs-01234567"),
        folder("netapp", "fsx-ontap", id="fs-0123456789abcdef0"),
    ],
    ids=lambda refused: refused.name,
)
def test_parallelcluster_refuses_what_petal_refuses(parallelcluster, refused):
    config = configuration(refused)

    assert parallelcluster.errors(config, zones=zones(config)) != []


@pytest.mark.parametrize("added", [EFS, LUSTRE, OLD_EFS, ONTAP], ids=lambda f: f.name)
def test_file_systems_come_and_go_while_jobs_run(parallelcluster, added):
    without, with_it = configuration(), configuration(added)

    for answer in (
        parallelcluster.update(without, with_it),
        parallelcluster.update(with_it, without),
    ):
        assert answer.allowed, answer.refused
        assert answer.rows, "nothing changed"


def test_a_volume_comes_and_goes_where_there_are_no_login_nodes(parallelcluster):
    without, with_it = configuration(), configuration(VOLUME)

    assert parallelcluster.update(without, with_it).allowed
    assert parallelcluster.update(with_it, without).allowed


@pytest.mark.parametrize("running", [True, False])
def test_homes_stay_where_they_were_when_the_cluster_was_made(parallelcluster, running):
    answer = parallelcluster.update(configuration(), configuration(HOMES), running=running)

    assert not answer.allowed
    assert any("/home" in row.reason for row in answer.refused)


def test_a_volume_never_changes_its_size(parallelcluster):
    larger = dataclasses.replace(VOLUME, size_gib=600)
    answer = parallelcluster.update(configuration(VOLUME), configuration(larger), running=False)

    assert not answer.allowed
