"""A cluster that another version of petal deployed -> what an update by this one changes in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.plan.changes import Consequence, Effect
from petal_constructs.platforms.parallelcluster.changes import effects_of
from petal_constructs.platforms.parallelcluster.config import cluster_config
from petal_constructs.platforms.parallelcluster.config_changes import config_changes
from petal_constructs.platforms.parallelcluster.rendering import placeholders
from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan

CLUSTER: Final = "Custom::PclusterCluster"
NOT_PETALS: Final = "DeletionPolicy"
"""Who deploys decides this, with --destroy-data."""

_Tree = Mapping[str, Any]


def version_effects(template: _Tree, plan: ParallelClusterPlan) -> tuple[Effect, ...]:
    """What differs between a deployed template and what this version makes of the same plan.

    The cluster configuration is compared but for ids that the template takes from its resources,
    and the version of ParallelCluster.
    """
    theirs, ours = _config_in(template), cluster_config(plan, placeholders(plan))
    if theirs is None:
        return ()
    found = config_changes(_without_references(theirs, ours), ours)
    petals = [change for change in found if change.key != NOT_PETALS]
    return (*_another_parallelcluster(template), *effects_of(petals, plan.staffed_pools))


def _config_in(template: _Tree) -> _Tree | None:
    resources = template.get("Resources", {}).values()
    clusters = (part["Properties"] for part in resources if part["Type"] == CLUSTER)
    return next((part["ClusterConfiguration"] for part in clusters), None)


def _without_references(theirs: Any, ours: Any) -> Any:
    """Their tree with our value where theirs is a reference to something in the stack."""
    match theirs:
        case dict() if _is_reference(theirs):
            return ours
        case dict():
            mine = ours if isinstance(ours, dict) else {}
            return {key: _without_references(part, mine.get(key)) for key, part in theirs.items()}
        case list():
            pairs = _pairs(theirs, ours if isinstance(ours, list) else [])
            return [_without_references(*pair) for pair in pairs]
        case _:
            return theirs


def _is_reference(tree: _Tree) -> bool:
    (*keys,) = tree
    return len(keys) == 1 and (keys[0] == "Ref" or keys[0].startswith("Fn::"))


def _refers(tree: Any) -> bool:
    if isinstance(tree, dict):
        return _is_reference(tree) or any(map(_refers, tree.values()))
    return isinstance(tree, list) and any(map(_refers, tree))


def _pairs(theirs: list[Any], ours: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Entries of the same name, or in the same place."""
    named = {part["Name"]: part for part in ours if isinstance(part, dict) and "Name" in part}
    for place, part in enumerate(theirs):
        if isinstance(part, dict) and "Name" in part:
            yield part, named.get(part["Name"])
        elif place < len(ours):
            yield part, ours[place]
        elif not _refers(part):
            yield part, None


def _another_parallelcluster(template: _Tree) -> Iterator[Effect]:
    urls = [
        str(part.get("Properties", {}).get("TemplateURL"))
        for part in template.get("Resources", {}).values()
        if part["Type"] == "AWS::CloudFormation::Stack"
    ]
    known = [url for url in urls if "/parallelcluster/" in url]
    if known and not any(f"/parallelcluster/{FACTS.version}/" in url for url in known):
        why = f"it runs another ParallelCluster than {FACTS.version}: make a new cluster"
        yield Effect("ParallelCluster", Consequence.REFUSED, why)
