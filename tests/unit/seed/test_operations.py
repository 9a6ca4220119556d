"""What administrators may set, and what is refused."""

from __future__ import annotations

import pytest

from petal_constructs.catalog.budgets import budgets
from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.planning import plan_seed
from tests.unit.seed.seeds import SMALL, codes, plan_read, read

QUIET = SMALL + "network: {ssh_from: [192.0.2.0/24]}\n"


def with_cluster(*lines: str) -> str:
    return QUIET.replace("  region:", "".join(f"  {line}\n" for line in lines) + "  region:", 1)


@pytest.mark.parametrize("key", FACTS.slurm.denied)
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_what_parallelcluster_keeps_for_itself_is_refused_in_any_case(key, case, tmp_path):
    found = plan_read(with_cluster(f"slurm_settings: {{{case(key)}: x}}"), tmp_path)

    assert codes(found) == ["P342"]


def test_no_setting_frees_tenants_of_their_quotas(tmp_path):
    free = with_cluster("slurm_settings: {accountingstorageenforce: none}")
    people = "users: [{name: ada, uid: 5001, gid: 5001}]\ntenants: [{name: lab, users: [ada]}]\n"

    assert "P342" not in codes(plan_read(free, tmp_path))
    assert "P342" in codes(plan_read(free + people, tmp_path))


@pytest.mark.parametrize(
    "value", ["bf_continue SlurmUser=root", "a\\nSlurmUser=root", "x#y", "'", "a\\tb", ""]
)
def test_a_slurm_setting_brings_no_other_with_it(value):
    found = read(with_cluster(f'slurm_settings: {{SchedulerParameters: "{value}"}}'))

    assert found.seed is None


@pytest.mark.parametrize(
    ("written", "set_to"), [("1000", "1000"), ("yes", "true"), ("7-0", "7-0"), ("1.50", "1.50")]
)
def test_a_slurm_setting_reaches_slurm_as_written_and_yes_as_true(written, set_to):
    seed = read(with_cluster(f"slurm_settings: {{PriorityWeightAge: {written}}}")).unwrap()

    assert plan_seed(seed).slurm_settings == (("PriorityWeightAge", set_to),)


def test_licences_are_one_line_of_slurm_conf():
    text = "software:\n  licences: [{name: abaqus, count: 5}, {name: matlab, count: 2}]\n"

    plan = plan_seed(read(QUIET + text).unwrap())

    assert plan.slurm_settings == (("Licenses", "abaqus:5,matlab:2"),)


@pytest.mark.parametrize("days", range(1, 400))
def test_logs_are_kept_as_long_as_cloudwatch_offers(days, tmp_path):
    found = plan_read(QUIET + f"log_retention_days: {days}\n", tmp_path)

    assert (found.problems == ()) == (days in FACTS.logs.retention_days)


def test_the_hint_for_other_days_is_the_next_longer_time(tmp_path):
    found = plan_read(QUIET + "log_retention_days: 91\n", tmp_path)

    assert found.problems[0].hint == "write 120"


def test_an_image_of_ones_own_may_hold_a_system_that_aws_does_not_publish(tmp_path):
    own = ("os: rocky9", "custom_ami: ami-0123456789abcdef0")

    assert codes(plan_read(with_cluster(own[0]), tmp_path)) == ["P302"]
    assert codes(plan_read(with_cluster(*own), tmp_path)) == []


@pytest.mark.parametrize("region", [*budgets().regions, "eu-north-1", "us-gov-west-1"])
def test_a_budget_is_for_regions_that_have_budgets(region, tmp_path):
    text = QUIET.replace("us-east-1", region) + "budget: 9\nalert_emails: [hpc@example.org]\n"

    refused = "P340" in codes(plan_read(text, tmp_path))

    assert refused == (region not in budgets().regions)


def test_the_budgets_tag_counts_against_the_most_tags(tmp_path):
    tags = ", ".join(f"key{n}: value" for n in range(FACTS.limits.tags))
    full = with_cluster(f"tags: {{{tags}}}")

    assert codes(plan_read(full, tmp_path)) == []
    assert codes(plan_read(full + "budget: 9\n", tmp_path)) == ["P312", "P341"]


def test_alarms_reach_nobody_who_did_not_ask_for_monitoring():
    text = "budget: 9\nalert_emails: [hpc@example.org]\n"

    assert plan_seed(read(QUIET + text).unwrap()).watch.emails == ()
    assert plan_seed(read(QUIET + text + "monitoring: true\n").unwrap()).watch.emails == (
        "hpc@example.org",
    )
