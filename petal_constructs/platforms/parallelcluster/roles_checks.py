"""Rules that an account has for roles, and what AWS's provider can do about them."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import Problem
from petal_constructs.platforms.parallelcluster.roles import roles
from petal_constructs.seed.model import Seed


def check(seed: Seed) -> list[Problem]:
    """Every problem of the keys that speak of roles."""
    return [*_boundary(seed), *_prefix(seed), *_provider(seed)]


def _boundary(seed: Seed) -> Iterator[Problem]:
    if seed.cluster.permissions_boundary and not seed.cluster.provider:
        yield Problem(
            "P366",
            "cluster.permissions_boundary",
            "the roles of AWS's provider are made without it: its template takes none",
            "deploy the provider once as an administrator, and write its function as provider:",
            level="warning",
        )


def _prefix(seed: Seed) -> Iterator[Problem]:
    for reason, hint in _reasons(seed):
        yield Problem("P367", "cluster.resource_prefix", reason, hint)


def _reasons(seed: Seed) -> Iterator[tuple[str, str]]:
    facts, rules = parallelcluster.FACTS.roles, roles(seed.cluster)
    most, longest = facts.name_prefix_max_length, facts.path_max_length
    if rules.name_prefix and len(rules.name_prefix) > most:
        message = (
            f"{rules.name_prefix} has {len(rules.name_prefix)} characters, and may have {most}"
        )
        yield message, "shorten it, or move a part of it into a path before it"
    if rules.path is None:
        return
    whole = f"{rules.path}{seed.cluster.name}/"
    if len(whole) > longest:
        message = f"the path, with the cluster's name behind it, has {len(whole)} characters"
        yield message, f"shorten it: both together may have {longest}"
    if not rules.provider and not rules.path.startswith(facts.path):
        message = f"AWS's provider makes no roles outside {facts.path}"
        hint = f"write {facts.path}{(rules.prefix or '').lstrip('/')}, or add provider:"
        yield message, hint


def _provider(seed: Seed) -> Iterator[Problem]:
    """CloudFormation calls a function of its own region alone."""
    arn, region = seed.cluster.provider, seed.cluster.region
    if arn and arn.split(":")[3] != region:
        message = f"it stands in {arn.split(':')[3]}, but the cluster in {region}"
        yield Problem("P368", "cluster.provider", message, f"name a provider in {region}")
