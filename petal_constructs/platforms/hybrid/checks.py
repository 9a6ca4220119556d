"""What both sides of a hybrid cluster say of a seed, each problem once, and what both cannot be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import Problem
from petal_constructs.platforms import seed_rules
from petal_constructs.platforms.hybrid import sizes
from petal_constructs.platforms.hybrid.homes import with_homes
from petal_constructs.platforms.hybrid.names import PCS_SUFFIX
from petal_constructs.platforms.parallelcluster import checks as on_ec2
from petal_constructs.platforms.pcs import checks as on_eks
from petal_constructs.platforms.pcs.values import PLATFORM as PCS
from petal_constructs.seed.model import Seed

_OPEN: Final = "head node, logins and Kubernetes API answer any address (though only with a key)"
_OF_BOTH: Final = frozenset({"P313"})
"""Said anew for both sides."""
_ON_EC2_ALONE: Final = frozenset({"P341"})
"""pcs knows fewer senders of mail."""
_SAME_CAUSE: Final = {"P333": "P414", "P351": "P405"}
"""A problem of parallelcluster, and that of pcs which says the same of the same key."""
_LEFT_ASIDE: Final = frozenset({"P319", "P402"})


def check(seed: Seed) -> list[Problem]:
    """Every problem of a seed that is to run on both."""
    if seed.platforms is None:
        return []
    whole = with_homes(seed)
    return [
        *_once(on_ec2.check(whole), on_eks.check(whole), seed.compute_path(PCS)),
        *seed_rules.ssh(seed, _OPEN),
        *_name(seed),
        *_people(seed),
        *_roles(seed),
        *_quotas(seed),
        *sizes.check(whole),
    ]


def _once(one: Iterable[Problem], two: Iterable[Problem], pcs_path: str) -> Iterator[Problem]:
    """The problems of both sides, and of those that both have the first."""
    of_two = [p for p in two if p.code not in _OF_BOTH | _ON_EC2_ALONE]
    better = {(problem.code, problem.path) for problem in of_two}
    seen: set[tuple[str, str]] = set()
    for problem in (*one, *of_two):
        if problem.code in _OF_BOTH or (_SAME_CAUSE.get(problem.code), problem.path) in better:
            continue
        if seen.isdisjoint(keys := {(problem.code, problem.path), (problem.path, problem.message)}):
            yield _of_two_sides(problem, pcs_path)
        seen |= keys


def _of_two_sides(problem: Problem, pcs_path: str) -> Problem:
    """What one side leaves aside the other one may well use."""
    if problem.code not in _LEFT_ASIDE or problem.path.startswith("platforms."):
        own = problem.code == "P402" and problem.path.startswith(pcs_path)
        return (
            replace(problem, hint=f"remove {problem.path.rpartition('.')[2]}") if own else problem
        )
    if problem.code == "P402":
        return replace(problem, hint="nothing is to be done: it is for parallelcluster")
    return problem


def _name(seed: Seed) -> Iterator[Problem]:
    most = parallelcluster.FACTS.names.cluster_max_length_with_database - len(PCS_SUFFIX)
    name = seed.cluster.name
    if len(name) > most:
        message = f"{len(name)} letters, but the name of a hybrid cluster has at most {most}"
        hint = f"write {name[:most].rstrip('-')}"
        yield Problem("P600", "cluster.name", message, hint)


def _people(seed: Seed) -> Iterator[Problem]:
    if seed.directory is not None:
        message = "both sides must know the same people, and pcs knows those of users alone"
        hint = "list people under users, or write a seed for parallelcluster alone"
        yield Problem("P601", "directory", message, hint)


def _roles(seed: Seed) -> Iterator[Problem]:
    if seed.cluster.resource_prefix is not None:
        message = "roles of the pcs side have names of their own"
        hint = "remove resource_prefix, or write a seed for parallelcluster alone"
        yield Problem("P602", "cluster.resource_prefix", message, hint)


def _quotas(seed: Seed) -> Iterator[Problem]:
    """Each side is a Slurm that knows nothing of the other's jobs."""
    limited = [
        n for n, tenant in enumerate(seed.tenants) if any(tenant.quota.model_dump().values())
    ]
    if limited:
        message = "quotas hold on each side by itself: a tenant may use them twice, once on each"
        hint = "nothing is to be done; halve them if both sides together must keep to them"
        yield Problem("P603", f"tenants[{limited[0]}].quota", message, hint, level="warning")
