"""What administrators set, before ParallelCluster's own validators and update policy."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan, Watch
from tests.oracles.test_seeds import zones
from tests.oracles.test_updates import configuration
from tests.stacks import BIO, ROOT, plan_of

pytestmark = pytest.mark.oracle
WATCHED = ROOT / "seeds/watched.yaml"
Change = Callable[[ParallelClusterPlan], ParallelClusterPlan]


def with_settings(plan: ParallelClusterPlan) -> ParallelClusterPlan:
    more = (*plan.slurm_settings, ("Licenses", "abaqus:2"), ("PriorityWeightQOS", "10"))
    return dataclasses.replace(plan, slurm_settings=more)


def with_logs(plan: ParallelClusterPlan) -> ParallelClusterPlan:
    return dataclasses.replace(plan, watch=dataclasses.replace(plan.watch, log_retention_days=30))


def with_a_budget(plan: ParallelClusterPlan) -> ParallelClusterPlan:
    budget = plan_of(WATCHED).budget
    return dataclasses.replace(plan, budget=budget, tags=(*plan.tags, ("petal:budget", plan.name)))


def closely(plan: ParallelClusterPlan) -> ParallelClusterPlan:
    return dataclasses.replace(plan, watch=Watch(closely=True))


def with_an_image(plan: ParallelClusterPlan) -> ParallelClusterPlan:
    return dataclasses.replace(plan, custom_ami="ami-0123456789abcdef0")


@pytest.mark.parametrize("change", [with_settings, with_a_budget])
def test_is_accepted_while_jobs_run(parallelcluster, change: Change):
    plan = plan_of(BIO)

    answer = parallelcluster.update(configuration(plan), configuration(change(plan)))

    assert answer.allowed, answer.refused
    assert answer.rows, "nothing changed"


def test_logs_are_kept_longer_or_shorter_while_jobs_run_if_the_seed_said_how_long(parallelcluster):
    said, unsaid = plan_of(WATCHED), plan_of(BIO)

    assert parallelcluster.update(configuration(said), configuration(with_logs(said))).allowed
    refused = parallelcluster.update(
        configuration(unsaid), configuration(with_logs(unsaid)), running=False
    )
    assert not refused.allowed


def test_watching_closely_needs_a_stopped_fleet(parallelcluster):
    before, after = configuration(plan_of(BIO)), configuration(closely(plan_of(BIO)))

    assert not parallelcluster.update(before, after).allowed
    assert parallelcluster.update(before, after, running=False).allowed


def test_another_image_is_another_cluster(parallelcluster):
    before, after = configuration(plan_of(BIO)), configuration(with_an_image(plan_of(BIO)))

    assert not parallelcluster.update(before, after, running=False).allowed


@pytest.mark.parametrize("key", FACTS.slurm.denied)
def test_what_petal_refuses_parallelcluster_refuses_too(parallelcluster, key):
    plan = dataclasses.replace(plan_of(BIO), slurm_settings=((key.title(), "x"),))
    config = configuration(plan)

    errors = parallelcluster.errors(config, plan.name, zones=zones(config))

    assert any("CustomSlurmSettingsValidator" in error for error in errors)


@pytest.mark.parametrize("days", FACTS.logs.retention_days)
def test_parallelcluster_keeps_logs_as_long_as_petal_says(parallelcluster, days):
    plan = dataclasses.replace(plan_of(BIO), watch=Watch(log_retention_days=days))
    config = configuration(plan)

    assert parallelcluster.errors(config, plan.name, zones=zones(config)) == []


def test_parallelcluster_takes_an_image_of_ones_own(parallelcluster):
    """The first image that the simulated AWS has, in place of one that `pcluster` built."""
    plan = dataclasses.replace(plan_of(BIO), custom_ami="ami-00000000000000000")
    config = configuration(plan)

    assert parallelcluster.errors(config, plan.name, zones=zones(config)) == []
