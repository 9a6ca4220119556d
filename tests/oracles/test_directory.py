"""Directories and rules of roles: what petal says of them, before ParallelCluster's validators."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from petal_constructs.catalog.parallelcluster import FACTS
from petal_constructs.platforms.parallelcluster.directory_config import Directory
from petal_constructs.platforms.parallelcluster.roles import Roles
from tests.oracles.test_seeds import zones
from tests.oracles.test_updates import configuration
from tests.stacks import BIO, plan_of

pytestmark = pytest.mark.oracle

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:reader-AbCdEf"
DIRECTORY = Directory(
    domain="corp.example.org",
    addresses=("ldaps://dc1.corp.example.org", "ldaps://dc2.corp.example.org:3269"),
    reader="CN=Reader,OU=Users,DC=corp,DC=example,DC=org",
    password_secret=SECRET,
    verify_certificate="hard",
)


def findings(oracle: Any, **parts: Any) -> set[tuple[str, str]]:
    """Level and validator of all that ParallelCluster says beyond what it says of bio."""
    plan = plan_of(BIO)
    config = configuration(dataclasses.replace(plan, users=(), **parts))
    said = oracle.validate(config, plan.name, zones=zones(config))
    known = ("KeyPairValidator", "DeletionPolicyValidator")
    return {(f.level, f.validator) for f in said if f.validator not in known}


def directory(**parts: Any) -> dict[str, Any]:
    return {"directory": dataclasses.replace(DIRECTORY, **parts)}


def roles(**parts: Any) -> dict[str, Any]:
    return {"roles": Roles(**parts)}


@pytest.mark.parametrize(
    "parts",
    [
        directory(),
        directory(domain="DC=corp,DC=example,DC=org"),
        directory(ca_certificate="/etc/pki/tls/certs/corp.pem", verify_certificate="demand"),
        directory(access_filter="(&(objectClass=user)(uid=a*))", ssh_keys=False),
        directory(sssd=(("ldap_id_mapping", "false"), ("id_provider", "ldap"))),
        directory(access_filter="(uid=a*)", sssd=(("access_provider", "ldap"),)),
        roles(boundary="arn:aws:iam::123456789012:policy/Boundary"),
        roles(prefix="/parallelcluster/lab/"),
        roles(prefix="lab-"),
        roles(prefix="/parallelcluster/lab/" + "n" * FACTS.roles.name_prefix_max_length),
    ],
)
def test_what_petal_accepts_parallelcluster_accepts(parallelcluster, parts):
    assert findings(parallelcluster, **parts) == set()


@pytest.mark.parametrize(
    ("parts", "finding"),
    [
        (directory(addresses=("ldap://corp.example.org",)), ("WARNING", "DomainAddrValidator")),
        (directory(verify_certificate="never"), ("WARNING", "LdapTlsReqCertValidator")),
        (directory(verify_certificate="allow"), ("WARNING", "LdapTlsReqCertValidator")),
        (directory(verify_certificate="try"), ("WARNING", "LdapTlsReqCertValidator")),
        (
            directory(password_secret="arn:aws:ssm:us-east-1:123456789012:parameter/reader"),
            ("ERROR", "PasswordSecretArnValidator"),
        ),
        (directory(sssd=(("id_provider", "ad"),)), ("ERROR", "AdditionalSssdConfigsValidator")),
        (
            directory(access_filter="(uid=a*)", sssd=(("access_provider", "simple"),)),
            ("ERROR", "AdditionalSssdConfigsValidator"),
        ),
        (directory(domain="corp example org"), ("ERROR", "DomainNameValidator")),
        (directory(verify_certificate="maybe"), ("ERROR", "Schema")),
        (
            roles(prefix="n" * (FACTS.roles.name_prefix_max_length + 1)),
            ("ERROR", "IamResourcePrefixValidator"),
        ),
        (
            roles(prefix=f"/{'p' * FACTS.roles.path_max_length}/"),
            ("ERROR", "IamResourcePrefixValidator"),
        ),
        (roles(prefix="lab roles"), ("ERROR", "IamResourcePrefixValidator")),
    ],
)
def test_what_petal_says_parallelcluster_says_too(parallelcluster, parts, finding):
    assert findings(parallelcluster, **parts) == {finding}


def test_another_directory_needs_a_stopped_fleet(parallelcluster):
    before, after = (
        configuration(dataclasses.replace(plan_of(BIO), **parts))
        for parts in (directory(), directory(access_filter="(uid=a*)"))
    )

    assert not parallelcluster.update(before, after).allowed
    assert parallelcluster.update(before, after, running=False).allowed
