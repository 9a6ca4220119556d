"""What CloudFormation makes before what; it deletes in the reverse of the same order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from tests.manifests.tokens import Template

Graph = dict[str, frozenset[str]]
"""Logical id -> those of the resources that it needs."""


def needs(template: Template) -> Graph:
    """What each resource needs: by DependsOn, or because its properties refer to it."""
    known = template["Resources"].keys()
    return {
        name: frozenset(known & {*_listed(resource.get("DependsOn")), *_referred(resource)})
        for name, resource in template["Resources"].items()
    }


def depends_on(template: Template, later: str, earlier: str) -> bool:
    """Whether a resource is made after another, at whatever distance, and so deleted before it.

    Raises:
        KeyError: The template has no such resource.
    """
    return earlier in all_needs(needs(template), later)


def all_needs(graph: Graph, name: str) -> frozenset[str]:
    """Everything that a resource needs, at any distance."""
    found: set[str] = set()
    waiting = list(graph[name])
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting.extend(graph[step])
    return frozenset(found)


def out_of_order(
    template: Template, earlier: Iterable[str], later: Iterable[str]
) -> list[tuple[str, str]]:
    """Pairs of which the second may be made before the first, or deleted after it."""
    graph = needs(template)
    before = sorted(set(earlier))
    return [
        (first, second)
        for second in sorted(set(later))
        for first in before
        if first != second and first not in all_needs(graph, second)
    ]


def cycle(template: Template) -> list[str]:
    """Resources that need each other in a ring; empty if none do."""
    try:
        TopologicalSorter(needs(template)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def of_type(template: Template, *kinds: str) -> set[str]:
    """Logical ids of all resources of these CloudFormation types."""
    return {name for name, resource in template["Resources"].items() if resource["Type"] in kinds}


def differences(before: Template, after: Template) -> tuple[set[str], set[str], set[str]]:
    """Logical ids of the resources that came, went, or changed; another order is no change."""
    old, new = before["Resources"], after["Resources"]
    both = old.keys() & new.keys()
    changed = {name for name in both if _lasting(old[name]) != _lasting(new[name])}
    return set(new.keys() - old.keys()), set(old.keys() - new.keys()), changed


def _lasting(resource: dict[str, Any]) -> dict[str, Any]:
    """What CloudFormation updates a resource for."""
    return {k: v for k, v in resource.items() if k not in {"DependsOn", "Metadata"}}


def _listed(value: Any) -> Iterable[str]:
    return [value] if isinstance(value, str) else value or []


def _referred(value: Any) -> Iterator[str]:
    match value:
        case {"Ref": str() as name}:
            yield name
        case {"Fn::GetAtt": [str() as name, *_]}:
            yield name
        case {"Fn::GetAtt": str() as path}:
            yield path.split(".", 1)[0]
        case {"Fn::Sub": str() | [str(), dict()] as text}:
            pattern, *names = [text] if isinstance(text, str) else text
            yield from re.findall(r"\$\{([A-Za-z0-9]+)", pattern)
            for part in names:
                yield from _referred(part)
        case dict():
            for part in value.values():
                yield from _referred(part)
        case list():
            for part in value:
                yield from _referred(part)
        case _:
            return
