"""Two seeds -> each changed field with its consequence for the cluster that runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby, takewhile
from typing import Any, Final

from petal_constructs import __version__
from petal_constructs.plan.changes import Consequence, Effect, worst
from petal_constructs.planning import check_seed, plan_checked
from petal_constructs.platforms import platform
from petal_constructs.record import Record
from petal_constructs.seed.differences import FieldChange, changed, field_changes, unchanged
from petal_constructs.seed.lock import NAME, Lock, Locked
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
LONG: Final = 20
"""Changes within one list from which on they are first tried together."""
FEW: Final = 5
"""Effects that they may have together without being told apart."""
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
    """What was pushed, then each changed field in the order of the language; seeds without errors.

    Raises:
        UsageError: The platform cannot tell.
    """
    found = field_changes(old, new)
    another = {change.path for change in found} & ANOTHER_CLUSTER.keys()
    if another:
        # With another name or region the stack is another one too, and the old one stays.
        told = another - {"cluster.platform"} or another
        return tuple(_of_another_cluster(change, told) for change in found)
    pushed = tuple(_pushed(old, new.lock))
    old = old.with_lock(new.lock)
    trial = _Trial(old, new, found, _effects(old, new))
    caused = [pair for group in _lists(found) for pair in _of_list(group, trial)]
    explained = {effect for _, of_one in caused for effect in of_one}
    return (
        *pushed,
        *(_change(change, of_one) for change, of_one in caused),
        *(_together(effect) for effect in trial.effects if effect not in explained),
    )


def _pushed(old: Seed, lock: Lock) -> Iterator[Change]:
    """Images that the lock names otherwise."""
    before, after = old.lock.images, lock.images
    names = [n for n in {**before, **after} if _digest(before.get(n)) != _digest(after.get(n))]
    effects = _effects(old, old.with_lock(lock)) if names else ()
    gravest = worst(effects) or NOTHING
    for name in names:
        yield Change(
            f"{NAME}[{name.partition('/')[2]}]",
            _digest(before.get(name)),
            _digest(after.get(name)),
            gravest.consequence,
            gravest.why,
            tuple(effect.part for effect in effects),
        )


def _digest(locked: Locked | None) -> str | None:
    """The first digits, as file names on nodes have them."""
    return locked.digest.removeprefix("sha256:")[:12] if locked else None


def version_change(record: Record, seed: Seed, template: Mapping[str, Any]) -> Change | None:
    """What this version of petal does to a cluster, if the seed stays as it is.

    Args:
        record: Who deployed it.
        seed: What it was deployed from.
        template: That of its stack.

    Returns:
        None if nothing, or if the platform cannot tell.
    """
    effects = platform(seed.cluster.platform).version_effects(template, plan_checked(seed))
    gravest = worst(effects or ())
    if gravest is None:
        return None
    parts = tuple(effect.part for effect in effects or ())
    why = f"this version of petal writes it differently: {gravest.why}"
    return Change("petal", record.version, __version__, gravest.consequence, why, parts)


@dataclass(frozen=True, slots=True)
class _Trial:
    """Two seeds, how they differ, and all that this does."""

    old: Seed
    new: Seed
    changes: tuple[FieldChange, ...]
    effects: tuple[Effect, ...]


_Caused = tuple[FieldChange, tuple[Effect, ...]]


def _lists(found: Sequence[FieldChange]) -> Iterator[list[FieldChange]]:
    """The changes, those within one list of the seed together."""

    def above_items(change: FieldChange) -> tuple[object, ...]:
        return tuple(takewhile(lambda step: isinstance(step, str), change.steps))

    return (list(group) for _, group in groupby(found, above_items))


def _of_list(group: list[FieldChange], trial: _Trial) -> Iterator[_Caused]:
    """A long list whose entries do one and the same harmless thing is tried once, such as users."""
    if len(group) > LONG:
        shared = _tried(group, trial) or ()
        if len(shared) < FEW and all(e.consequence is Consequence.LIVE for e in shared):
            yield from ((change, shared) for change in group)
            return
    for change in group:
        yield change, _alone_or_beside(change, trial)


def _alone_or_beside(change: FieldChange, trial: _Trial) -> tuple[Effect, ...]:
    """A field may make no sense without those beside it, such as a VPC without its subnets."""
    effects = _tried([change], trial)
    if effects is None:
        beside = [other for other in trial.changes if other.steps[:-1] == change.steps[:-1]]
        effects = _tried(beside, trial)
    return effects or ()


def _effects(old: Seed, new: Seed) -> tuple[Effect, ...]:
    plans = [plan_checked(seed) for seed in (old, new)]
    return platform(new.cluster.platform).effects(*plans)


def _tried(group: Sequence[FieldChange], trial: _Trial) -> tuple[Effect, ...] | None:
    """Those of all effects that come with these changes alone, or go when they are taken back.

    Two experiments, so that no table says which field makes which part of a cluster. How bad an
    effect is depends on all changes: more nodes kept running are fine if the queue grows as well.
    None where neither makes sense.
    """
    come = _parts(trial.old, reduce(changed, group, trial.old))
    stay = _parts(trial.old, reduce(unchanged, group, trial.new))
    if come is None and stay is None:
        return None
    return tuple(
        effect
        for effect in trial.effects
        if effect.part in (come or ()) or (stay is not None and effect.part not in stay)
    )


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


def _of_another_cluster(change: FieldChange, told: Collection[str]) -> Change:
    new = "comes with the new cluster"
    why = ANOTHER_CLUSTER[change.path] if change.path in told else new
    return Change(change.path, change.old, change.new, Consequence.REPLACE, why, ())
