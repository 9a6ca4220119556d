"""What IAM policies of a template allow, by IAM's own logic for identity-based policies.

Sources (IAM user guide, read 2026-11-23): "Policy evaluation logic": an explicit deny wins, then an
allow, else it is denied. "IAM JSON policy elements": Action ignores case, Resource does not and its
wildcards stay within a segment of the ARN; all operators and keys of a Condition must hold, one
value of each key suffices. An element or operator that is not written here raises: it never passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.manifests.tokens import text_of

Template = dict[str, Any]
Statement = Mapping[str, Any]
_ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition"}
_ARN_SEGMENTS = 6


@dataclass(frozen=True, slots=True)
class Rights:
    """Statements of all policies that one role has, tokens replaced."""

    statements: tuple[Statement, ...]

    def allow(self, action: str, resource: str, **context: str) -> bool:
        """Whether a request is allowed.

        Args:
            action: Such as `s3:GetObject`.
            resource: ARN that it is about.
            context: Condition keys, `:` written as `__`: `s3__prefix="data/"`.
        """
        keys = {key.replace("__", ":"): value for key, value in context.items()}
        effects = {s["Effect"] for s in self.statements if _applies(s, action, resource, keys)}
        return "Allow" in effects and "Deny" not in effects


def _applies(statement: Statement, action: str, resource: str, context: Mapping[str, str]) -> bool:
    if unknown := set(statement) - _ELEMENTS:
        raise ValueError(f"{unknown} of a statement is not understood")
    return (
        any(_like(a.lower(), action.lower()) for a in _several(statement["Action"]))
        and any(_covers(arn, resource) for arn in _several(statement["Resource"]))
        and all(
            _holds(operator, value, context.get(key))
            for operator, keys in statement.get("Condition", {}).items()
            for key, value in keys.items()
        )
    )


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _like(pattern: str, text: str) -> bool:
    if "${" in pattern:
        raise ValueError(f"policy variables such as in {pattern} are not understood")
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _covers(pattern: str, arn: str) -> bool:
    patterns, segments = (text.split(":", _ARN_SEGMENTS - 1) for text in (pattern, arn))
    return pattern == "*" or (
        len(patterns) == len(segments) == _ARN_SEGMENTS and all(map(_like, patterns, segments))
    )


def _holds(operator: str, values: Any, given: str | None) -> bool:
    compare = {
        "StringEquals": lambda value: value == given,
        "StringLike": lambda value: given is not None and _like(value, given),
        "Bool": lambda value: given is not None and str(value).lower() == given.lower(),
    }[operator]
    return any(compare(value) for value in _several(values))


def rights(template: Template, names: Iterable[str]) -> Rights:
    """What managed policies of a template allow together, by their logical ids."""
    resources = template["Resources"]
    found = [
        statement
        for name in names
        for statement in resources[name]["Properties"]["PolicyDocument"]["Statement"]
    ]
    return Rights(tuple(resolved(statement, template) for statement in found))


def resolved(value: Any, template: Template) -> Any:
    """Part of a policy with its tokens replaced."""
    if isinstance(value, list):
        return [resolved(item, template) for item in value]
    if isinstance(value, dict) and not {"Ref", "Fn::GetAtt", "Fn::Join", "Fn::Sub"} & set(value):
        return {key: resolved(item, template) for key, item in value.items()}
    return value if isinstance(value, bool) else text_of(_as_arn(value, template), template)


def _as_arn(token: Any, template: Template) -> Any:
    """A `Ref` to a secret gives its ARN, to most other resources a name."""
    name = token.get("Ref") if isinstance(token, dict) else None
    kind = template["Resources"].get(name, {}).get("Type")
    return {"Fn::GetAtt": [name, "Arn"]} if kind == "AWS::SecretsManager::Secret" else token


def referred(value: Any) -> Iterator[str]:
    """Logical ids of all `Ref`s in a part of a template."""
    if isinstance(value, dict):
        if "Ref" in value:
            yield value["Ref"]
        for item in value.values():
            yield from referred(item)
    elif isinstance(value, list):
        for item in value:
            yield from referred(item)
