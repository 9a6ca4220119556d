"""Every seed's cluster configuration before ParallelCluster's own schema and validators."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from tests.oracles.parallelcluster import Finding, ParallelClusterOracle, stringify
from tests.stacks import (
    ROOT,
    Template,
    cluster_configuration,
    of_every_kind,
    plan_of,
    seeds_with,
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

EXPLAINED = tomllib.loads((ROOT / "tests/golden/validators.toml").read_text())["explained"]
"""What ParallelCluster says about seeds without refusing them, and why it is fine."""


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
    """A letter for each subnet of queues, `a` for the first; the head node stands there too."""
    queues = config["Scheduling"]["SlurmQueues"]
    subnets = dict.fromkeys(name for queue in queues for name in queue["Networking"]["SubnetIds"])
    return dict(zip(subnets, "abc", strict=False))


@lru_cache
def found(parallelcluster: ParallelClusterOracle, seed: Path) -> tuple[Finding, ...]:
    """All that the validators say about a seed."""
    config = deployed(template_of(seed))
    return tuple(parallelcluster.validate(config, plan_of(seed).name, zones=zones(config)))


def explains(entry: dict[str, Any], seed: Path, finding: Finding) -> bool:
    return (
        finding.level != "ERROR"
        and finding.validator == entry["validator"]
        and entry["message"] in finding.message
        and seed.stem in entry.get("seeds", [seed.stem])
    )


@pytest.mark.parametrize("seed", seeds_with("parallelcluster"), ids=lambda seed: seed.stem)
def test_parallelcluster_says_nothing_about_a_seed_that_is_not_explained(parallelcluster, seed):
    said = found(parallelcluster, seed)

    assert [
        str(finding)
        for finding in said
        if not any(explains(entry, seed, finding) for entry in EXPLAINED)
    ] == []


@pytest.mark.parametrize("entry", EXPLAINED, ids=lambda entry: entry["message"])
def test_every_explanation_is_needed_by_every_seed_that_it_names(parallelcluster, entry):
    seeds = seeds_with("parallelcluster")
    explained = [
        seed.stem
        for seed in seeds
        if any(explains(entry, seed, finding) for finding in found(parallelcluster, seed))
    ]

    assert entry["why"]
    assert explained == sorted(entry.get("seeds", [seed.stem for seed in seeds]))


@pytest.mark.parametrize("seed", of_every_kind("parallelcluster"), ids=lambda seed: seed.stem)
def test_parallelcluster_accepts_what_cloudformation_makes_of_it(parallelcluster, seed):
    """CloudFormation hands every number and truth value to a custom resource as text."""
    config = stringify(deployed(template_of(seed)))

    assert parallelcluster.errors(config, plan_of(seed).name, zones=zones(config)) == []
