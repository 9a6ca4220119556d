"""Every seed's cluster configuration before ParallelCluster's own schema and validators."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.oracles.parallelcluster import stringify
from tests.stacks import (
    Template,
    cluster_configuration,
    of_every_kind,
    plan_of,
    seeds_of,
    template_of,
)

pytestmark = pytest.mark.oracle

_MADE = {
    "AWS::EC2::Subnet": "subnet-{number:017x}",
    "AWS::EC2::SecurityGroup": "sg-{number:017x}",
    "AWS::S3::Bucket": "petal-bucket-{number}",
    "AWS::EFS::FileSystem": "fs-{number:017x}",
    "AWS::FSx::FileSystem": "fs-{number:017x}",
    "AWS::RDS::DBInstance": "database-{number}.rds.amazonaws.com",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s{number}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::123456789012:policy/parallelcluster/petal/p{number}",
}
"""What CloudFormation would answer for a reference to a resource of the type."""

EXPLAINED = {
    "KeyPairValidator": "users log in with keys of their own, administrators by Systems Manager",
    "InstancesEFAValidator": "jobs of that queue stay within a node, or measure what EFA is worth",
    "DetailedMonitoringValidator": "the seed asks for `monitoring`, which says that it costs",
}
"""Validators whose warnings about a seed are meant to be there, and why."""


def deployed(template: Template) -> dict[str, Any]:
    """The configuration as ParallelCluster gets it: references resolved."""
    ids = {
        name: _MADE[resource["Type"]].format(number=number)
        for number, (name, resource) in enumerate(template["Resources"].items(), start=1)
        if resource["Type"] in _MADE
    }
    return _resolved(cluster_configuration(template), ids)


def _resolved(value: Any, ids: dict[str, str]) -> Any:
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "GroupId" | "Endpoint.Address"]}:
            return ids[name]
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(_resolved(part, ids) for part in parts)
        case dict():
            return {key: _resolved(item, ids) for key, item in value.items()}
        case list():
            return [_resolved(item, ids) for item in value]
    return value


def zones(config: dict[str, Any]) -> dict[str, str]:
    """Every subnet in the region's first zone, where petal puts head node and queues."""
    return dict.fromkeys(re.findall(r"subnet-[0-9a-f]+", str(config)), "a")


@pytest.mark.parametrize("seed", seeds_of("parallelcluster"), ids=lambda seed: seed.stem)
def test_parallelcluster_accepts_the_configuration_with_no_unexplained_warning(
    parallelcluster, seed
):
    config = deployed(template_of(seed))

    found = parallelcluster.validate(config, plan_of(seed).name, zones=zones(config))

    assert [str(finding) for finding in found if finding.level == "ERROR"] == []
    assert {finding.validator for finding in found if finding.level == "WARNING"} <= set(EXPLAINED)


@pytest.mark.parametrize("seed", of_every_kind("parallelcluster"), ids=lambda seed: seed.stem)
def test_parallelcluster_accepts_what_cloudformation_makes_of_it(parallelcluster, seed):
    """CloudFormation hands every number and truth value to a custom resource as text."""
    config = stringify(deployed(template_of(seed)))

    assert parallelcluster.errors(config, plan_of(seed).name, zones=zones(config)) == []
