"""What a directory must be, so that nodes can ask it and nobody can pretend to be it.

Rules are those of aws-parallelcluster 3.16.1, `directory_service_validators.py`, and of its
cookbook, which writes sssd.conf.
"""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import parallelcluster
from petal_constructs.errors import Problem
from petal_constructs.seed.directory import Directory
from petal_constructs.seed.model import Seed


def check(seed: Seed) -> list[Problem]:
    """Every problem of the directory."""
    wanted = seed.directory
    if wanted is None:
        return []
    return [
        *_two_lists(seed),
        *_without_tls(wanted),
        *_certificates(wanted),
        *_secret(wanted, seed.cluster.region),
        *_filter(wanted),
        *_options(wanted),
    ]


def _two_lists(seed: Seed) -> Iterator[Problem]:
    """A name could be in both, with two ids."""
    if seed.users:
        message = "the people of directory log in, so the seed names no others"
        yield Problem("P360", "users", message, "remove users, or remove directory")


def _without_tls(wanted: Directory) -> Iterator[Problem]:
    option = parallelcluster.FACTS.directory.without_tls
    for index, address in enumerate(wanted.addresses):
        if address.startswith("ldap://"):
            where = f"directory.addresses[{index}]"
            message = f"{address} has no TLS: passwords would cross the network in the clear"
            host = address.removeprefix("ldap://")
            hint = f"write ldaps://{host}; SSSD logs in by ldap only with sssd: {{{option}: true}}"
            yield Problem("P361", where, message, hint, level="warning")


def _certificates(wanted: Directory) -> Iterator[Problem]:
    strict = parallelcluster.FACTS.directory.strict_checks
    if wanted.verify_certificate not in strict:
        yield Problem(
            "P363",
            "directory.verify_certificate",
            f"{wanted.verify_certificate} lets a false server answer",
            f"write {' or '.join(strict)}, with ca_certificate: if the directory signs its own",
            level="warning",
        )


def _secret(wanted: Directory, region: str) -> Iterator[Problem]:
    _, _, service, place, *_ = wanted.password_secret.split(":")
    where = "directory.password_secret"
    if place != region:
        message = f"it lies in {place}, but the head node asks in {region}"
        yield Problem("P362", where, message, f"name a secret in {region}")
    if service == "ssm" and region not in parallelcluster.FACTS.directory.regions_with_parameters:
        message = f"ParallelCluster takes no parameter of Systems Manager in {region}"
        yield Problem("P362", where, message, "put the password into AWS Secrets Manager")


def _filter(wanted: Directory) -> Iterator[Problem]:
    depth = lowest = 0
    for letter in wanted.access_filter or "":
        depth += {"(": 1, ")": -1}.get(letter, 0)
        lowest = min(lowest, depth)
    if depth or lowest:
        message = "its parentheses do not match"
        yield Problem("P364", "directory.access_filter", message, "close each one that is opened")


def _options(wanted: Directory) -> Iterator[Problem]:
    for key, value in wanted.sssd.items():
        reason = _taken(key, value, wanted)
        if reason:
            yield Problem("P365", f"directory.sssd.{key}", *reason)


def _taken(key: str, value: str, wanted: Directory) -> tuple[str, str] | None:
    """Why an option cannot be written, and what to do; None if it can."""
    facts = parallelcluster.FACTS.directory
    if key in facts.written:
        return f"petal writes it from directory.{facts.written[key]}", "remove it"
    if key in facts.fixed and value != facts.fixed[key]:
        return f"{value}, but ParallelCluster takes {facts.fixed[key]} alone", "remove it"
    if key == "access_provider" and wanted.access_filter and value != "ldap":
        return f"{value}, but access_filter asks for ldap", "remove it, or access_filter"
    return None
