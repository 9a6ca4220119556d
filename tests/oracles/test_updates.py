"""Changes of a seed before ParallelCluster's own update policy, on a fleet that runs jobs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from petal_constructs.plan.values import S3Mount, User
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.rendering import placeholders
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan
from tests.oracles.parallelcluster import stringify
from tests.stacks import BIO, ROOT, of_every_kind, plan_of

pytestmark = pytest.mark.oracle

CFD = ROOT / "seeds/cfd.yaml"


def configuration(plan: ParallelClusterPlan, **references: Any) -> dict[str, Any]:
    refs = dataclasses.replace(placeholders(plan), **references)
    return stringify(cluster_config(plan, refs))


def larger(plan: ParallelClusterPlan) -> ParallelClusterPlan:
    first, *others = plan.queues
    resources = tuple(
        dataclasses.replace(resource, max_count=resource.max_count + 5)
        for resource in first.compute_resources
    )
    return dataclasses.replace(
        plan, queues=(dataclasses.replace(first, compute_resources=resources), *others)
    )


def with_a_queue(plan: ParallelClusterPlan) -> ParallelClusterPlan:
    added = dataclasses.replace(plan.queues[0], name="added")
    return dataclasses.replace(plan, queues=(*plan.queues, added))


def with_more_data(plan: ParallelClusterPlan) -> ParallelClusterPlan:
    software = dataclasses.replace(plan.software, spack_specs=("zlib@1.3",))
    return dataclasses.replace(
        plan,
        users=(*plan.users, User("newcomer", 5999, 5999)),
        s3_mounts=(*plan.s3_mounts, S3Mount("more-data", "/shared/more")),
        software=software,
    )


@pytest.mark.parametrize("seed", of_every_kind("parallelcluster"), ids=lambda seed: seed.stem)
@pytest.mark.parametrize("change", [larger, with_a_queue], ids=lambda change: change.__name__)
def test_growth_is_accepted_while_jobs_run(parallelcluster, seed, change):
    before, after = configuration(plan_of(seed)), configuration(change(plan_of(seed)))

    answer = parallelcluster.update(before, after)

    assert answer.allowed, answer.refused
    assert answer.rows, "nothing changed"


@pytest.mark.parametrize("seed", of_every_kind("parallelcluster"), ids=lambda seed: seed.stem)
def test_a_changed_node_script_is_accepted_while_jobs_run(parallelcluster, seed):
    before = configuration(plan_of(seed))
    after = configuration(plan_of(seed), boot_hash="0123456789ab")

    answer = parallelcluster.update(before, after)

    assert answer.allowed, answer.refused
    assert any("CustomActions" in str(row.path) for row in answer.rows)


@pytest.mark.parametrize("seed", of_every_kind("parallelcluster"), ids=lambda seed: seed.stem)
def test_users_packages_and_mounts_are_no_change_for_parallelcluster(parallelcluster, seed):
    before, after = configuration(plan_of(seed)), configuration(with_more_data(plan_of(seed)))

    assert parallelcluster.update(before, after).rows == ()
    assert before == after


def queue_with(**parts: Any) -> dict[str, Any]:
    """The cfd seed's configuration with another kind of second queue."""
    plan = plan_of(CFD)
    first, second = plan.queues
    return configuration(
        dataclasses.replace(plan, queues=(first, dataclasses.replace(second, **parts)))
    )


DRAINS = ({"capacity_type": "SPOT"}, {"efa": True}, {"placement_group": True})
NEEDS_A_STOPPED_FLEET = ({"placement_group": False},)


@pytest.mark.parametrize("change", DRAINS, ids=str)
def test_what_the_guide_calls_draining_is_accepted_while_jobs_run(parallelcluster, change):
    plain = {"capacity_type": "ONDEMAND", "efa": False, "placement_group": False}

    assert parallelcluster.update(queue_with(**plain), queue_with(**plain | change)).allowed


@pytest.mark.parametrize("change", NEEDS_A_STOPPED_FLEET, ids=str)
def test_what_the_guide_wants_a_stopped_fleet_for_is_refused_while_jobs_run(
    parallelcluster, change
):
    before, after = queue_with(), queue_with(**change)

    assert not parallelcluster.update(before, after).allowed
    assert parallelcluster.update(before, after, running=False).allowed


def test_a_queue_that_goes_or_shrinks_needs_a_stopped_fleet(parallelcluster):
    plan = plan_of(CFD)
    grown = configuration(larger(plan))
    fewer = configuration(dataclasses.replace(larger(plan), queues=larger(plan).queues[:1]))

    for after in (configuration(plan), fewer):
        assert not parallelcluster.update(grown, after).allowed
        assert parallelcluster.update(grown, after, running=False).allowed


def test_the_order_of_queues_is_no_change_for_parallelcluster(parallelcluster):
    """Why a new default queue takes effect with the next change only."""
    plan = plan_of(CFD)
    after = configuration(dataclasses.replace(plan, queues=plan.queues[::-1]))

    assert parallelcluster.update(configuration(plan), after).rows == ()


def test_the_policy_refuses_what_it_should(parallelcluster):
    """The oracle is awake: another head node type is refused."""
    plan = plan_of(BIO)
    head = dataclasses.replace(plan.head_node, instance_type="m6i.4xlarge")
    after = configuration(dataclasses.replace(plan, head_node=head))

    assert not parallelcluster.update(configuration(plan), after).allowed


def test_another_policy_of_mounts_is_accepted_and_drains_nothing(parallelcluster):
    """So many mounts that they need a second policy: the one change of mounts that a queue sees."""
    plan = plan_of(BIO)
    policies = placeholders(plan).policies
    after = configuration(plan, policies=(*policies, policies[0] + "2"))

    answer = parallelcluster.update(configuration(plan), after)

    assert answer.allowed, answer.refused
    assert {row.policy for row in answer.rows} == {"SUPPORTED"}
