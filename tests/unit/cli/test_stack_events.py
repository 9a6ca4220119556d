"""Lines and causes, from events that were read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from petal_constructs.cli.leftovers import told
from petal_constructs.cli.progress import Progress, clock
from petal_constructs.cli.reasons import first_failures, sense
from petal_constructs.cli.stack_events import StackEvent, StackEvents
from petal_constructs.cli.stacks import client

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def event(second, resource, status, kind="AWS::EC2::VPC", reason="", stack="lab", physical="x"):
    return StackEvent(
        f"{second}-{resource}-{status}",
        BEGIN + timedelta(seconds=second),
        stack,
        f"arn:{stack}",
        resource,
        f"arn:{stack}" if resource == stack else physical,
        kind,
        status,
        reason,
    )


def lines(*events):
    progress = Progress(lambda _: 3)
    return [line for one in events for line in progress.lines(one)], progress


def test_what_is_waited_for_is_said_without_what_only_holds_it():
    wait = "AWS::CloudFormation::WaitCondition"
    _, progress = lines(
        event(0, "lab", "CREATE_IN_PROGRESS"),
        event(10, "Cluster0A1B2C3D", "CREATE_IN_PROGRESS", "Custom::PclusterCluster"),
        event(60, "HeadNodeWaitCondition20261123090312", "CREATE_IN_PROGRESS", wait),
        event(120, "Nat", "CREATE_IN_PROGRESS", "AWS::EC2::NatGateway"),
    )

    assert progress.waiting(420) == (
        "   7:00  still creating first boot of the head node HeadNodeWaitCondition "
        "(6 of at most 35 min), creating NAT gateway Nat (5 min)"
    )


def test_before_anything_happens_it_says_so():
    assert lines()[1].waiting(61) == "   1:01  CloudFormation has not begun yet"


def test_the_second_word_that_something_begins_is_not_told():
    said, _ = lines(
        event(0, "lab", "CREATE_IN_PROGRESS"),
        event(1, "Vpc", "CREATE_IN_PROGRESS"),
        event(2, "Vpc", "CREATE_IN_PROGRESS", reason="Resource creation Initiated"),
        event(9, "Vpc", "CREATE_COMPLETE"),
    )

    assert said == [
        "   0:00  lab: creating",
        "   0:01  lab (0 of 3): network Vpc: creating",
        "   0:09  lab (1 of 3): network Vpc: created",
    ]


def test_an_update_counts_what_is_done_but_not_of_how_many():
    said, _ = lines(
        event(0, "lab", "UPDATE_IN_PROGRESS"),
        event(5, "Vpc", "UPDATE_COMPLETE"),
        event(6, "lab", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
    )

    assert said[1:] == [
        "   0:05  lab (1 done): network Vpc: updated",
        "   0:06  lab: updated, removing what was replaced",
    ]


def test_small_parts_are_counted_and_not_told_unless_they_fail():
    said, _ = lines(
        event(0, "lab", "CREATE_IN_PROGRESS"),
        event(1, "Route", "CREATE_COMPLETE", "AWS::EC2::Route"),
        event(2, "Vpc", "CREATE_IN_PROGRESS"),
        event(3, "Other", "CREATE_FAILED", "AWS::EC2::Route", "Resource creation cancelled"),
        event(4, "Role", "CREATE_FAILED", "AWS::IAM::Role", "no"),
    )

    assert said[1:] == [
        "   0:02  lab (1 of 3): network Vpc: creating",
        "   0:04  lab (1 of 3): IAM Role Role: not created: no",
    ]


def test_a_deletion_that_succeeds_when_it_is_tried_again_is_no_failure():
    tried = event(1, "Vpc", "DELETE_FAILED", reason="has dependencies")
    other = event(2, "Key", "DELETE_FAILED", reason="no")

    assert first_failures((tried, other, event(9, "Vpc", "DELETE_COMPLETE"))) == (other,)


def test_a_stack_that_fails_by_itself_is_its_own_cause():
    failed = event(3, "lab", "ROLLBACK_IN_PROGRESS", reason="Stack creation time exceeded")

    assert first_failures((event(0, "lab", "CREATE_IN_PROGRESS"), failed)) == (failed,)


def test_an_error_of_validation_that_was_cut_is_still_found():
    reason = (
        '{"configuration_validation_errors": [{"level": "ERROR", "id": null, "type": "V", '
        '"message": "no \\"big\\" type"}, {"level": "ERROR", "id": null, "type": "W", "mess'
    )

    assert sense(reason) == 'no "big" type'


@given(st.text(max_size=2000))
def test_any_reason_has_a_sense_on_one_line(reason):
    assert "\n" not in sense(reason)
    assert len(sense(reason)) <= 605


@pytest.mark.parametrize(("seconds", "text"), [(-1, "0:00"), (59.9, "0:59"), (3723, "1:02:03")])
def test_time_is_told_as_on_a_clock(seconds, text):
    assert clock(seconds) == text


def test_a_tag_with_spaces_is_quoted_for_the_shell():
    kept = ("/home: EFS, 1 GiB, tag Name=petal-lab home", "logs: groups")

    (line,) = told((), kept, "us-east-1")
    assert line.endswith(" --region us-east-1 --tag-filters 'Key=Name,Values=petal-lab home'")


def answer(one):
    return {
        "EventId": one.event_id,
        "Timestamp": one.at,
        "StackName": one.stack,
        "StackId": one.stack_id,
        "LogicalResourceId": one.resource,
        "PhysicalResourceId": one.physical_id,
        "ResourceType": one.kind,
        "ResourceStatus": one.status,
    }


def test_what_was_read_before_aws_was_asked_too_often_is_told_later(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    stack, part = "AWS::CloudFormation::Stack", "arn:part"
    parent = event(1, "Part", "CREATE_IN_PROGRESS", stack, physical=part)
    inner = event(2, "Role", "CREATE_FAILED", "AWS::IAM::Role", stack="part", physical="")
    asked = client("cloudformation", "us-east-1")
    monkeypatch.setattr("petal_constructs.cli.stack_events.client", lambda *_: asked)
    with Stubber(asked) as aws:
        aws.add_client_error("describe_stack_events", "ValidationError", "lab does not exist")
        events = StackEvents(("lab",), "us-east-1")
        aws.add_response("describe_stack_events", {"StackEvents": [answer(parent)]})
        aws.add_client_error("describe_stack_events", "Throttling", "Rate exceeded")
        with pytest.raises(ClientError, match="Rate exceeded"):
            events.new()
        aws.add_response("describe_stack_events", {"StackEvents": [answer(parent)]})
        aws.add_response("describe_stack_events", {"StackEvents": [answer(inner)]})

        assert [one.resource for one in events.new()] == ["Part", "Role"]
