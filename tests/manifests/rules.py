"""The rules in resource definitions, in the Common Expression Language, evaluated by Google's CEL.

Kubernetes adds `find` and `findAll` to the language; rules about a change (`oldSelf`) do not apply
to an object that is new.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from cel_expr_python import cel  # type: ignore[import-untyped]
from cel_expr_python.ext import ext_strings  # type: ignore[import-untyped]

Schema = dict[str, Any]


def broken_rules(schema: Schema, value: Any, place: str = "") -> Iterator[str]:
    """Messages of all rules that a value breaks, or that cannot be evaluated."""
    for rule in schema.get("x-kubernetes-validations", ()):
        verdict = "oldSelf" in rule["rule"] or _verdict(rule["rule"], value)
        if verdict is not True:
            unsure = "" if verdict is False else f" (not evaluated: {verdict})"
            yield f"{place}: {rule.get('message') or rule['rule']}{unsure}"
    for part, child, below in _parts(schema, value):
        yield from broken_rules(child, part, f"{place}{below}")


def _parts(schema: Schema, value: Any) -> Iterator[tuple[Any, Schema, str]]:
    """Each part of a value with its schema and its place below."""
    if isinstance(value, dict):
        named = schema.get("properties", {})
        others = schema.get("additionalProperties")
        for key, part in value.items():
            child = named.get(key, others)
            if isinstance(child, dict):
                yield part, child, f".{key}"
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for number, part in enumerate(value):
            yield part, schema["items"], f"[{number}]"


def _verdict(rule: str, value: Any) -> Any:
    return _compiled(rule).eval(data={"self": value}).plain_value()


@cache
def _compiled(rule: str) -> Any:
    return _environment().compile(rule)


@cache
def _environment() -> Any:
    text = cel.Type.STRING
    find = cel.Overload(
        id="string_find_string",
        return_type=text,
        parameters=[text, text],
        is_member=True,
        impl=lambda whole, pattern: match[0] if (match := re.search(pattern, whole)) else "",
    )
    find_all = cel.Overload(
        id="string_find_all_string",
        return_type=cel.Type.List(text),
        parameters=[text, text],
        is_member=True,
        impl=lambda whole, pattern: [match[0] for match in re.finditer(pattern, whole)],
    )
    declared = [cel.FunctionDecl("find", [find]), cel.FunctionDecl("findAll", [find_all])]
    return cel.NewEnv(
        variables={"self": cel.Type.DYN},
        extensions=[cel.CelExtension("kubernetes.regex", declared), ext_strings.ExtStrings()],
    )
