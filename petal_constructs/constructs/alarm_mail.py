"""Mail when an alarm of CloudWatch goes off that belongs to somebody else's stack."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns
from constructs import Construct


class AlarmMail(Construct):
    """A topic with addresses, and a rule that sends it each alarm of a name.

    The alarm itself need not exist yet. AWS asks each address to confirm before it gets mail.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        alarm: Name of the alarm, in the stack's region and account.
        emails: Who gets the mail.

    Attributes:
        topic: The `AWS::SNS::Topic`. It is not encrypted at rest: EventBridge cannot write to one
            under AWS's own key, and what it holds is the name of an alarm.
        rule: The `AWS::Events::Rule`.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, alarm: str, emails: tuple[str, ...]
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.CfnTopic(
            self,
            "Topic",
            subscription=[{"protocol": "email", "endpoint": email} for email in emails],
        )
        self.rule = events.CfnRule(
            self,
            "Rule",
            description=f"Tells of the alarm {alarm}",
            event_pattern={
                "source": ["aws.cloudwatch"],
                "detail-type": ["CloudWatch Alarm State Change"],
                "detail": {"alarmName": [alarm], "state": {"value": ["ALARM"]}},
            },
            targets=[self._target()],
        )
        sns.CfnTopicPolicy(
            self, "Policy", topics=[self.topic.ref], policy_document=self._may_publish()
        )

    def _target(self) -> events.CfnRule.TargetProperty:
        return events.CfnRule.TargetProperty(
            id="Topic",
            arn=self.topic.ref,
            input_transformer=events.CfnRule.InputTransformerProperty(
                input_paths_map={
                    "alarm": "$.detail.alarmName",
                    "region": "$.region",
                    "time": "$.time",
                },
                input_template='"Alarm <alarm> went off in <region> at <time>: see CloudWatch."',
            ),
        )

    def _may_publish(self) -> dict[str, Any]:
        on_topic = {"Action": "sns:Publish", "Resource": self.topic.ref}
        rule: dict[str, Any] = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Condition": {"ArnEquals": {"aws:SourceArn": self.rule.attr_arn}},
        }
        unencrypted: dict[str, Any] = {
            "Effect": "Deny",
            "Principal": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        return {"Version": "2012-10-17", "Statement": [rule | on_topic, unencrypted | on_topic]}
