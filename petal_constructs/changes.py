"""Two seeds -> each changed field with its consequence for the cluster that runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from petal_constructs.plan.changes import Consequence, Effect, worst
from petal_constructs.planning import check_seed, plan_checked
from petal_constructs.platforms import platform
from petal_constructs.seed.differences import FieldChange, changed, field_changes, unchanged
from petal_constructs.seed.model import Seed

ANOTHER_CLUSTER: Final = {
    "cluster.name": "a second cluster beside the first, which runs on with its data until you"
    " delete it with its old seed",
    "cluster.region": "a second cluster beside the first, which runs on with its data until you"
    " delete it with its old seed",
    "cluster.platform": "the same stack makes another cluster and deletes this one; what"
    " `petal delete` keeps stays",
}
"""Fields that say which cluster it is."""
NOTHING: Final = Effect("", Consequence.LIVE, "no effect on this cluster")


@dataclass(frozen=True, slots=True)
class Change:
    """A changed field of a seed."""

    field: str
    """Path in the seed, entries of lists by name; `together` for what only several fields do."""
    old: Any
    """None where it was not there."""
    new: Any
    consequence: Consequence
    why: str
    parts: tuple[str, ...]
    """What in the cluster it changes."""


def seed_changes(old: Seed, new: Seed) -> tuple[Change, ...]:
    """Each changed field, in the order of the language. Neither seed has errors.

    Raises:
        UsageError: The platform cannot tell.
    """
    found = field_changes(old, new)
    if {change.path for change in found} & {*ANOTHER_CLUSTER}:
        return tuple(map(_of_another_cluster, found))
    effects = _effects(old, new)
    caused = [(change, _caused(change, found, old, new, effects)) for change in found]
    explained = {effect for _, of_one in caused for effect in of_one}
    return (
        *(_change(change, of_one) for change, of_one in caused),
        *(_together(effect) for effect in effects if effect not in explained),
    )


def _effects(old: Seed, new: Seed) -> tuple[Effect, ...]:
    plans = [plan_checked(seed) for seed in (old, new)]
    return platform(new.cluster.platform).effects(*plans)


def _caused(
    change: FieldChange,
    found: Sequence[FieldChange],
    old: Seed,
    new: Seed,
    effects: tuple[Effect, ...],
) -> tuple[Effect, ...]:
    """Those of all effects that come with this change alone, or go when it is taken back.

    Two experiments, so that no table says which field makes which part of a cluster. How bad an
    effect is depends on all changes: more nodes kept running are fine if the queue grows as well.
    A field that makes no sense without those beside it, such as a VPC without subnets, is tried
    together with them.
    """
    beside = [other for other in found if other.steps[:-1] == change.steps[:-1]]
    for group in ([change], beside):
        come = _parts(old, reduce(changed, group, old))
        stay = _parts(old, reduce(unchanged, group, new))
        if come is not None or stay is not None:
            return tuple(
                effect
                for effect in effects
                if effect.part in (come or ()) or (stay is not None and effect.part not in stay)
            )
    return ()


def _parts(old: Seed, new: Seed) -> frozenset[str] | None:
    """What changes between two seeds; None where half of a change makes no sense."""
    if any(problem.is_error for problem in check_seed(new)):
        return None
    return frozenset(effect.part for effect in _effects(old, new))


def _change(change: FieldChange, effects: tuple[Effect, ...]) -> Change:
    gravest = worst(effects) or NOTHING
    parts = tuple(effect.part for effect in effects)
    why = _why(gravest, effects)
    return Change(change.path, change.old, change.new, gravest.consequence, why, parts)


def _why(gravest: Effect, effects: tuple[Effect, ...]) -> str:
    """What is lost may want a stopped fleet besides."""
    stops = [effect.why for effect in effects if effect.consequence is Consequence.STOP]
    if gravest.consequence in {Consequence.REPLACE, Consequence.DATA_LOSS} and stops:
        return f"{gravest.why}; {stops[0]}"
    return gravest.why


def _together(effect: Effect) -> Change:
    return Change("together", None, None, effect.consequence, effect.why, (effect.part,))


def _of_another_cluster(change: FieldChange) -> Change:
    why = ANOTHER_CLUSTER.get(change.path, "comes with the new cluster")
    return Change(change.path, change.old, change.new, Consequence.REPLACE, why, ())
