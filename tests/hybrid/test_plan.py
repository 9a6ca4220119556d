"""A seed with two sides: what its plan says, and what is told of it."""

from __future__ import annotations

import dataclasses

import pytest
import yaml

from petal_constructs.errors import UsageError
from petal_constructs.plan.images import images
from petal_constructs.planning import inspect_seed, plan_seed
from petal_constructs.platforms import hybrid, parallelcluster, pcs
from tests.hybrid.seeds import HYBRID, TREE, seed_of, told, tree, written
from tests.stacks import BIO, plan_of

PLAN = plan_of(HYBRID)


def test_the_network_the_folders_and_the_buckets_are_the_same_in_both_plans():
    one, two = PLAN.parallelcluster, PLAN.pcs

    assert one.network == two.network
    assert one.s3_mounts == two.s3_mounts
    assert one.shared == two.folders
    assert one.tags == two.tags


ASIDE = "P402 software.spack_packages"
"""The seed has containers too, where pcs takes its software from."""


def test_homes_lie_on_the_seed_s_own_file_system_if_it_has_one(tmp_path):
    homes = {"name": "people", "type": "efs", "mount_point": "/home"}

    plan = plan_seed(seed_of(tmp_path, tree(data={"shared": [homes]})))

    assert plan.parallelcluster.homes == plan.pcs.homes
    assert plan.pcs.homes.name == "people"


def test_the_head_node_serves_homes_to_nobody(tmp_path):
    large = tree()
    large["platforms"]["parallelcluster"]["queues"][0]["max_count"] = 200
    large["platforms"]["parallelcluster"]["head_node"] = "m6i.8xlarge"

    assert told(tmp_path, large) == [ASIDE]


def test_people_are_told_of_alarms_though_pcs_has_none(tmp_path):
    watched = tree(budget=None, monitoring=True)

    assert told(tmp_path, watched) == [ASIDE, "P402 monitoring"]


def test_tenants_are_accounts_on_both_sides(tmp_path):
    tenants = [
        {"name": "physics", "users": ["ada"], "queues": ["mpi", "modern"]},
        {"name": "biology", "users": ["grace"]},
    ]
    plan = plan_seed(seed_of(tmp_path, tree(accounting=None, tenants=tenants)))

    one, two = plan.parallelcluster, plan.pcs.clusters[0]
    assert [account.name for account in one.accounts] == [a.name for a in two.accounts]
    allowed = {q.name: q.allowed_accounts for q in (*one.queues, *two.queues)}
    assert allowed["mpi"] == allowed["modern"] == ("physics", "biology")
    assert allowed["legacy"] == allowed["gpu"] == ("biology", "users")
    assert one.accounting
    assert two.accounting


def test_an_image_is_built_for_the_processors_of_both_sides(tmp_path):
    arm = tree(software={"containers": [{"name": "bio", "packages": ["samtools@1.17"]}]})
    arm["platforms"]["pcs"]["queues"] = [{"name": "arm", "instance_types": ["c7g.4xlarge"]}]

    (image,) = images(seed_of(tmp_path, arm))

    assert [machine for machine, _ in image.targets] == ["x86_64", "aarch64"]


def test_what_stays_is_told_once():
    kept = hybrid.kept(PLAN)

    assert len({*kept}) == len(kept)
    assert {*kept} == {*parallelcluster.kept(PLAN.parallelcluster), *pcs.kept(PLAN.pcs)}
    assert hybrid.other_stacks(PLAN) == ("hybrid",)


def test_tables_name_each_queue_and_each_person_once():
    tables = hybrid.tables(PLAN)
    titles = [table.title for table in tables]

    assert len({*titles}) == len(titles)
    assert titles[0] == "cluster hybrid"
    assert {"side parallelcluster", "side pcs", "users", "data"} < {*titles}
    told_queues = [
        row[0] for table in tables if table.title.startswith("queues") for row in table.rows
    ]
    assert told_queues == ["mpi", "legacy", "modern", "gpu"]
    prices = [row for table in tables for row in table.rows if "/hour" in row[1]]
    assert [row[0] for row in prices] == ["head node", "system nodes"]


def test_homes_are_told_among_the_data_and_nowhere_else():
    rows = [(table.title, row) for table in hybrid.tables(PLAN) for row in table.rows]

    assert [title for title, row in rows if "/home" in " ".join(row)] == ["data"]


def test_files_of_each_side_lie_in_a_folder_and_name_the_same_file_systems():
    files = hybrid.files(PLAN)
    config = yaml.safe_load(files["parallelcluster/cluster-config.yaml"])
    ids = [
        settings["FileSystemId"]
        for entry in config["SharedStorage"]
        if "FileSystemId" in (settings := entry[f"{entry['StorageType']}Settings"])
    ]

    assert {path.partition("/")[0] for path in files} == {"parallelcluster", "pcs"}
    assert len({*ids}) == 2
    base = files["pcs/manifests/hpc-jobs-base.yaml"]
    assert all(f"volumeHandle: {file_system}\n" in base for file_system in ids)


def test_a_change_of_one_side_is_told_as_that_side_tells_it(tmp_path):
    more = tree()
    more["platforms"]["parallelcluster"]["queues"][0]["max_count"] = 16
    new = plan_seed(seed_of(tmp_path, more))

    found = hybrid.effects(PLAN, new)

    assert found == parallelcluster.effects(PLAN.parallelcluster, new.parallelcluster)
    assert found
    assert hybrid.effects(PLAN, PLAN) == ()


def test_a_plan_for_another_platform_is_refused():
    from petal_constructs import HybridPlan
    from petal_constructs.platforms.hybrid.values import as_hybrid

    assert isinstance(as_hybrid(PLAN), HybridPlan)
    with pytest.raises(UsageError, match="parallelcluster cannot be built as a hybrid cluster"):
        as_hybrid(plan_of(BIO))


def test_the_other_platforms_refuse_a_hybrid_plan():
    from petal_constructs.platforms.parallelcluster.values import as_parallelcluster

    with pytest.raises(UsageError, match="hybrid cannot be built on parallelcluster"):
        as_parallelcluster(PLAN)


@pytest.mark.parametrize("side", ["parallelcluster", "pcs"])
def test_a_problem_of_a_side_stands_where_that_side_is_written(tmp_path, side):
    wrong = tree()
    wrong["platforms"][side]["queues"][0]["instance_types"] = ["c5.4xlarge"]
    wrong["platforms"][side]["queues"][0]["efa"] = True

    assert f"P315 platforms.{side}.queues[0].instance_types[0]" in told(tmp_path, wrong)


def test_the_plan_is_plain_data_to_its_last_field():
    assert dataclasses.asdict(PLAN)["pcs"]["clusters"][0]["users"][0]["uid"] == 5001
    assert TREE["users"][0]["uid"] == 5001


def test_what_one_side_leaves_aside_is_for_the_other_one(tmp_path):
    role = "arn:aws:iam::123456789012:role/Viewer"
    aside = tree(
        cluster={"os": "ubuntu2404"},
        tenants=[{"name": "physics", "users": ["ada", "grace"], "iam_roles": [role]}],
    )
    found = inspect_seed(written(tmp_path, aside), environment={}).problems

    hints = {problem.path: problem.hint for problem in found}
    assert hints["cluster.os"] == "nothing is to be done: it is for parallelcluster"
    assert hints["software.spack_packages"] == hints["cluster.os"]
    assert hints["tenants[0].iam_roles"] == "nothing is to be done: it is for pcs"
