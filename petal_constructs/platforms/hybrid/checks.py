"""What both sides of a hybrid cluster say of a seed, each problem once, and what both cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import Problem
from petal_constructs.platforms import seed_rules
from petal_constructs.platforms.hybrid import sizes, submission_checks
from petal_constructs.platforms.hybrid.homes import with_homes
from petal_constructs.platforms.hybrid.names import PCS_SUFFIX
from petal_constructs.platforms.parallelcluster import checks as on_ec2
from petal_constructs.platforms.parallelcluster.names import PLATFORM as EC2
from petal_constructs.platforms.pcs import checks as on_eks
from petal_constructs.platforms.pcs.values import PLATFORM as PCS
from petal_constructs.seed.model import Seed

_OPEN: Final = (
    "the head node, logins and the Kubernetes API answer any address (though only with a key)"
)
_SAID_ANEW: Final = frozenset({"P313", "P360"})
"""Of both sides: who may connect; that a directory stands beside users, which P601 refuses."""
_ON_EC2_ALONE: Final = frozenset({"P341"})
"""pcs knows fewer senders of mail."""
_SAME_CAUSE: Final = {
    "P333": "P414",
    "P351": "P405",
    "P369": "P414",
    "P372": "P414",
    "P401": "P301",
    "P414": "P330",
}
"""A problem of one side, and that of the other which says the same, or more, of the same key."""
_LEFT_ASIDE: Final = "P402"
_KEY_MAY_GO: Final = re.compile(r"\bremove ")
"""In hints about keys that a side leaves aside, unlike those about images that are to be built."""


def check(seed: Seed) -> list[Problem]:
    """Every problem of a seed that is to run on both."""
    if seed.platforms is None:
        return []
    whole, ours = with_homes(seed), _ours(seed)
    of_sides = list(_once(on_ec2.check(whole), on_eks.check(whole)))
    refused = {problem.path for problem in ours if problem.is_error}
    said = {problem.path for problem in (*of_sides, *ours) if problem.code != _LEFT_ASIDE}
    return [
        *(
            _of_two_sides(problem)
            for problem in of_sides
            if problem.path not in (said if problem.code == _LEFT_ASIDE else refused)
        ),
        *ours,
        *submission_checks.check(seed),
        *sizes.check(whole),
    ]


def _ours(seed: Seed) -> list[Problem]:
    return [
        *seed_rules.ssh(seed, _OPEN),
        *_name(seed),
        *_people(seed),
        *_roles(seed),
        *_quotas(seed),
    ]


def _once(one: Iterable[Problem], two: Iterable[Problem]) -> Iterator[Problem]:
    """The problems of both sides, and of those that both have the first."""
    told = [
        *(p for p in one if p.code not in _SAID_ANEW),
        *(p for p in two if p.code not in _SAID_ANEW | _ON_EC2_ALONE),
    ]
    better = {(problem.code, problem.path) for problem in told}
    seen: set[tuple[str, str]] = set()
    for problem in told:
        keys = {(problem.code, problem.path), (problem.path, problem.message)}
        same = (_SAME_CAUSE.get(problem.code, ""), problem.path)
        if same not in better and seen.isdisjoint(keys):
            yield problem
        seen |= keys


def _of_two_sides(problem: Problem) -> Problem:
    """What one side leaves aside the other side may well use."""
    user = {_LEFT_ASIDE: EC2, "P319": PCS}.get(problem.code)
    if user is None or not _KEY_MAY_GO.search(problem.hint):
        return problem
    if problem.path.startswith("platforms."):
        return replace(problem, hint=f"remove {problem.path.rpartition('.')[2]}")
    return replace(problem, hint=f"nothing is to be done: it is for {user}")


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
