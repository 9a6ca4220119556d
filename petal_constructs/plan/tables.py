"""A plan as a person reads it."""

from __future__ import annotations

from dataclasses import dataclass

from petal_constructs.plan.values import Budget


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title; every row has a cell for each column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def budget_terms(budget: Budget) -> str:
    """What a budget says, in a cell."""
    told = ", ".join(budget.emails) or "nobody"
    return f"USD {budget.usd:g} a month, counted by the tag {budget.tag[0]}; mail to {told}"
