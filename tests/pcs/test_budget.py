"""A budget on pcs: it is made, and the nodes that it is about carry its tag."""

from __future__ import annotations

from tests.manifests.judge import objects
from tests.pcs.plans import BIO, plan_of
from tests.stacks import resources, synthesised

TEMPLATE = synthesised(plan_of(BIO + "budget: 900\nalert_emails: [hpc@example.org]\n"))


def test_the_budget_counts_by_a_tag_that_nodes_of_queues_carry():
    (budget,) = resources(TEMPLATE, "AWS::Budgets::Budget").values()
    (counted,) = budget["Properties"]["Budget"]["CostFilters"]["TagKeyValue"]
    classes = [found for found in objects(TEMPLATE) if found["kind"] == "EC2NodeClass"]

    assert counted == "user:petal:budget$bio"
    assert classes
    assert all(found["spec"]["tags"]["petal:budget"] == "bio" for found in classes)


def test_nodes_that_run_the_system_carry_it_too():
    (template,) = resources(TEMPLATE, "AWS::EC2::LaunchTemplate").values()
    tagged = template["Properties"]["LaunchTemplateData"]["TagSpecifications"]

    assert {spec["ResourceType"] for spec in tagged} >= {"instance", "volume"}
    assert all({"Key": "petal:budget", "Value": "bio"} in spec["Tags"] for spec in tagged)
