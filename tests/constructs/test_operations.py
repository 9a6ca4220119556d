"""Budget and mail in the template: who is told what, and who asks for nothing gets nothing."""

from __future__ import annotations

import dataclasses
import json

from tests.stacks import (
    BIO,
    ROOT,
    assembly_of,
    cluster_configuration,
    plan_of,
    resources,
    synthesised,
    template_of,
)

WATCHED = ROOT / "seeds/watched.yaml"
OF_OPERATIONS = ("AWS::Budgets::Budget", "AWS::SNS::Topic", "AWS::Events::Rule")


def test_a_seed_that_asks_for_nothing_gets_nothing():
    template = template_of(BIO)

    assert not any(resources(template, kind) for kind in OF_OPERATIONS)
    assert "Monitoring" not in cluster_configuration(template)


def test_the_budget_counts_by_a_tag_that_the_cluster_carries():
    template = template_of(WATCHED)
    (budget,) = resources(template, "AWS::Budgets::Budget").values()

    (counted,) = budget["Properties"]["Budget"]["CostFilters"]["TagKeyValue"]
    tags = cluster_configuration(template)["Tags"]
    assert counted in [f"user:{tag['Key']}${tag['Value']}" for tag in tags]
    manifest = json.loads((assembly_of(WATCHED) / "manifest.json").read_text())
    assert manifest["artifacts"]["petal-watched"]["properties"]["tags"] == {
        "petal:budget": "watched"
    }


def test_a_budget_has_no_name_of_its_own():
    """CloudFormation replaces it when an address changes, which a name of one's own prevents."""
    (budget,) = resources(template_of(WATCHED), "AWS::Budgets::Budget").values()

    assert "BudgetName" not in budget["Properties"]["Budget"]


def test_a_budget_without_addresses_is_made_and_tells_nobody():
    plan = plan_of(WATCHED)
    quiet = dataclasses.replace(plan, budget=dataclasses.replace(plan.budget, emails=()))

    (budget,) = resources(synthesised(quiet), "AWS::Budgets::Budget").values()

    assert "NotificationsWithSubscribers" not in budget["Properties"]


def test_only_the_rule_may_write_to_the_topic_of_alarms_and_only_encrypted():
    template = template_of(WATCHED)
    (policy,) = resources(template, "AWS::SNS::TopicPolicy").values()
    (rule,) = resources(template, "AWS::Events::Rule")

    allowed, denied = policy["Properties"]["PolicyDocument"]["Statement"]
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [rule, "Arn"]}}}
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_what_the_rule_sends_is_json():
    (rule,) = resources(template_of(WATCHED), "AWS::Events::Rule").values()

    (target,) = rule["Properties"]["Targets"]
    text = json.loads(target["InputTransformer"]["InputTemplate"])
    named = target["InputTransformer"]["InputPathsMap"]
    assert all(f"<{name}>" in text for name in named)
