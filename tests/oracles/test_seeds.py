"""Every seed's cluster configuration before ParallelCluster's own schema and validators."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.oracles.parallelcluster import stringify
from tests.stacks import Template, cluster_configuration, plan_of, seeds_of, template_of

pytestmark = pytest.mark.oracle

_MADE = {
    "AWS::EC2::Subnet": "subnet-{number:017x}",
    "AWS::EC2::SecurityGroup": "sg-{number:017x}",
    "AWS::S3::Bucket": "petal-bucket-{number}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::123456789012:policy/parallelcluster/petal/p{number}",
}
"""What CloudFormation would answer for a reference to a resource of the type."""


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
        case {"Ref": str(name)}:
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
def test_parallelcluster_accepts_the_configuration(parallelcluster, seed):
    config = deployed(template_of(seed))

    assert parallelcluster.errors(config, plan_of(seed).name, zones=zones(config)) == []


@pytest.mark.parametrize("seed", seeds_of("parallelcluster"), ids=lambda seed: seed.stem)
def test_parallelcluster_accepts_what_cloudformation_makes_of_it(parallelcluster, seed):
    """CloudFormation hands every number and truth value to a custom resource as text."""
    config = stringify(deployed(template_of(seed)))

    assert parallelcluster.errors(config, plan_of(seed).name, zones=zones(config)) == []
