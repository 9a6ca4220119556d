"""Each changed field of a seed with its consequence; tests/oracles/test_diff.py asks the judges."""

from __future__ import annotations

import pytest

from petal_constructs.changes import seed_changes
from petal_constructs.plan.changes import Consequence, Effect, folder_effects, worst
from petal_constructs.plan.values import SharedFolder
from petal_constructs.seed.differences import changed, field_changes, unchanged
from tests.live_changes import ROWS, after, before


def consequences(edits):
    """Field -> what it does."""
    return {
        change.field: str(change.consequence) for change in seed_changes(before(), after(edits))
    }


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_gravest_change_of_a_row_does_what_the_row_says(row):
    found = seed_changes(before(), after(row.edits))

    gravest = max(found, key=lambda change: change.consequence.severity)
    assert gravest.consequence == row.consequence
    assert all(change.why for change in found)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_every_change_of_a_field_has_a_part_in_the_cluster_that_it_changes(row):
    found = seed_changes(before(), after(row.edits))

    unseen = {"types of a size in another order"}  # nor does ParallelCluster see it
    if row.name not in unseen and row.consequence != "replace":
        assert [change.field for change in found if not change.parts] == []


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_changing_field_by_field_leads_from_one_seed_to_the_other(row):
    old, new = before(), after(row.edits)
    there, back = old, new
    for change in field_changes(old, new):
        there, back = changed(there, change), unchanged(back, change)

    # An entry that comes is put at the end: places may differ, and nothing else.
    left = (*field_changes(there, new), *field_changes(back, old))
    assert [change.path for change in left if not change.path.endswith("[order]")] == []


def test_a_seed_does_not_differ_from_itself():
    assert seed_changes(before(), before()) == ()


def test_each_field_answers_for_itself():
    edits = {
        "compute.queues.0.max_count": 12,
        "compute.queues.1.efa": False,
        "compute.queues.3.capacity_type": "ONDEMAND",
        "users.1": None,
        "compute.head_node": "m7i.4xlarge",
    }

    assert consequences(edits) == {
        "compute.head_node": "refused",
        "compute.queues[small].max_count": "live",
        "compute.queues[solve].efa": "stop",
        "compute.queues[spot].capacity_type": "drain",
        "users[bob]": "live",
    }


def test_queues_users_and_mounts_are_known_by_name_and_not_by_place():
    edits = {"compute.queues.0": None, "users.0": None, "data.s3_mounts.0": None}

    assert consequences(edits) == {
        "compute.queues[small]": "stop",
        "users[ada]": "live",
        "data.s3_mounts[/shared/reads]": "live",
    }


def test_a_renamed_queue_is_one_that_goes_and_one_that_comes():
    assert consequences({"compute.queues.2.name": "renamed"}) == {
        "compute.queues[fast]": "stop",
        "compute.queues[renamed]": "live",
    }


def test_min_count_may_grow_with_max_count_and_says_so_for_both():
    edits = {"compute.queues.0.min_count": 12, "compute.queues.0.max_count": 24}

    assert consequences(edits) == {
        "compute.queues[small].min_count": "live",
        "compute.queues[small].max_count": "live",
    }


def test_half_a_change_that_makes_no_sense_is_judged_by_its_other_half():
    """More nodes kept than the queue may have: no plan without the second half."""
    edits = {"compute.queues.0.min_count": 12, "compute.queues.0.max_count": 13}

    assert consequences(edits)["compute.queues[small].min_count"] == "stop"


def test_the_order_of_queues_is_told_as_what_it_is():
    edits = {"compute.queues": [*reversed(after({}).model_dump(mode="json")["compute"]["queues"])]}

    (change,) = seed_changes(before(), after(edits))

    assert change.field == "compute.queues[order]"
    assert change.old == ("small", "solve", "fast", "spot", "tuned", "train")
    assert change.why.startswith("takes effect with the next change of a queue")


def test_ids_of_a_user_are_refused_by_nodes():
    (change,) = seed_changes(before(), after({"users.1.uid": 5009}))

    assert (change.field, str(change.consequence)) == ("users[bob].uid", "refused")
    assert (
        change.why == "nodes refuse it, since files keep the old ids: make a user of another name"
    )


def test_with_another_name_everything_is_part_of_another_cluster():
    edits = {"cluster.name": "lab2", "compute.head_node": "m7i.4xlarge", "users.1": None}

    assert set(consequences(edits).values()) == {"replace"}
    found = {change.field: change.why for change in seed_changes(before(), after(edits))}
    assert found["cluster.name"].startswith("a second cluster beside the first, which runs on")
    assert found["users[bob]"] == "comes with the new cluster"


def test_consequences_go_from_harmless_to_impossible():
    effects = [Effect(c, c, "") for c in Consequence]

    assert [*Consequence] == ["live", "drain", "stop", "replace", "data-loss", "refused"]
    assert worst(reversed(effects)) == effects[-1]
    assert worst([]) is None


def folder(name="work", kind="efs", size=None, *, keep=True, **more):
    return SharedFolder(name, kind, f"/{name}", size, None, keep, **more)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (folder(), folder(), []),
        (folder(), folder(keep=False), []),
        (None, folder(), []),
        (folder(), None, ["replace"]),
        (folder(keep=False), None, ["data-loss"]),
        (folder(), folder("other"), ["replace"]),
        (folder(keep=False), folder(kind="fsx-lustre", size=1200), ["data-loss"]),
        (folder(kind="fsx-lustre", size=1200), folder(kind="fsx-lustre", size=2400), []),
        (folder(kind="fsx-lustre", size=2400), folder(kind="fsx-lustre", size=1200), ["refused"]),
        (folder(), folder(import_from="s3://reads"), []),
        (folder(import_from="s3://reads"), folder(import_from="s3://more"), ["refused"]),
    ],
)
def test_a_file_system_that_petal_made_is_kept_or_lost(old, new, expected):
    before_, after_ = ([side] if side else [] for side in (old, new))

    assert [str(effect.consequence) for effect in folder_effects(before_, after_)] == expected


def test_what_is_lost_and_wants_a_stopped_fleet_says_both():
    (change,) = seed_changes(before(), after({"accounting": None}))

    assert change.why == (
        "the database of job records is deleted; its last snapshot stays; "
        "only while the compute fleet is stopped"
    )


def test_storage_in_another_folder_wants_a_stopped_fleet():
    """No row of the table: ParallelCluster's own check ends in an exception while nodes run."""
    assert consequences({"data.shared.0.mount_point": "/elsewhere"}) == {
        "data.shared[work].mount_point": "stop"
    }


NETWORK = {
    "vpc_id": "vpc-0123456789abcdef0",
    "private_subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
    "ssh_from": ["192.0.2.0/24"],
}
EXISTING = {"name": "old", "type": "efs", "mount_point": "/old", "id": "fs-0123456789abcdef0"}


@pytest.mark.parametrize(
    ("one", "other", "consequence"),
    [
        ([], [EXISTING], "live"),
        ([EXISTING], [], "live"),
        ([EXISTING], [EXISTING | {"id": "fs-0123456789abcdef1"}], "refused"),
        ([EXISTING], [EXISTING | {"id": None}], "refused"),
    ],
)
def test_an_existing_file_system_comes_and_goes_but_is_not_exchanged(one, other, consequence):
    old, new = (after({"network": NETWORK, "data.shared": side}) for side in (one, other))

    (change,) = seed_changes(old, new)

    assert change.consequence == consequence


def test_the_first_new_file_system_wants_nodes_that_start_after_it():
    old = after({"data.shared": []})
    first = {"name": "work", "type": "efs", "mount_point": "/work"}

    (change,) = seed_changes(old, after({"data.shared": [first]}))

    assert str(change.consequence) == "stop"
    assert change.why.startswith("nodes that run are not in its security group")


def test_hundreds_of_users_are_told_one_by_one_and_tried_at_once():
    users = [{"name": f"user{number}", "uid": 6000 + number, "gid": 6000} for number in range(300)]

    found = seed_changes(before(), after({"users": users}))

    assert len(found) == 302
    assert {change.parts for change in found} == {("plan, users",)}


def test_a_change_without_effect_says_so():
    edits = {"compute.queues.0.instance_types": ["c6i.4xlarge", "c5.4xlarge"]}

    (change,) = seed_changes(before(), after(edits))

    assert (change.why, change.parts) == ("no effect on this cluster", ())
