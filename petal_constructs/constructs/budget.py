"""A budget: AWS tells by mail when a cluster costs, or will cost, more than it may in a month."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_budgets as budgets
from constructs import Construct

from petal_constructs.plan.values import Budget


class ClusterBudget(Construct):
    """A monthly budget over all that carries the cluster's tag; it warns and stops nothing.

    AWS counts by the tag only once somebody has activated it as a cost allocation tag.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        budget: How much, of what, and who is told.

    Attributes:
        resource: The `AWS::Budgets::Budget`. Its name is AWS's choice: new addresses replace it,
            and a name is taken in all regions of the account.
    """

    def __init__(self, scope: Construct, construct_id: str, *, budget: Budget) -> None:
        super().__init__(scope, construct_id)
        key, value = budget.tag
        self.resource = budgets.CfnBudget(
            self,
            "Resource",
            budget={
                "budgetType": "COST",
                "timeUnit": "MONTHLY",
                "budgetLimit": {"amount": budget.usd, "unit": "USD"},
                "costFilters": {"TagKeyValue": [f"user:{key}${value}"]},
            },
            notifications_with_subscribers=_notifications(budget) or None,
        )


def _notifications(budget: Budget) -> list[dict[str, Any]]:
    subscribers = [{"subscriptionType": "EMAIL", "address": email} for email in budget.emails]
    if not subscribers:
        return []
    return [
        {
            "notification": {
                "notificationType": kind,
                "comparisonOperator": "GREATER_THAN",
                "threshold": percent,
                "thresholdType": "PERCENTAGE",
            },
            "subscribers": subscribers,
        }
        for kind, percent in budget.alerts
    ]
