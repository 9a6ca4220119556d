"""A template as AWS would have deployed it, with an id in place of each reference.

The id changes when CloudFormation replaces the resource. Which properties ask for that is read from
CloudFormation's own schemas, which cfn-lint carries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tests.oracles.parallelcluster import stringify
from tests.stacks import Template, cluster_configuration

STATEFUL = {
    "AWS::EC2::Volume",
    "AWS::EFS::FileSystem",
    "AWS::FSx::FileSystem",
    "AWS::RDS::DBInstance",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "Custom::PclusterCluster",
}
NEVER_CHANGE = {"Custom::PclusterCluster": {"ServiceToken", "ClusterName"}}
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
}
FORMS = {
    "AWS::EC2::Subnet": "subnet-{:.17}",
    "AWS::EC2::SecurityGroup": "sg-{:.17}",
    "AWS::EFS::FileSystem": "fs-{:.17}",
    "AWS::FSx::FileSystem": "fs-{:.17}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::123456789012:policy/parallelcluster/petal/{:.17}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:{:.17}",
}
"""What an id looks like where ParallelCluster's schema cares."""


@lru_cache
def create_only(kind: str) -> frozenset[str]:
    """Properties whose change makes CloudFormation replace a resource of this type."""
    if not kind.startswith("AWS::"):
        return frozenset(NEVER_CHANGE.get(kind, {"ServiceToken"}))
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return frozenset(path.split("/")[2] for path in schema.get("createOnlyProperties", ()))


@dataclass(frozen=True)
class Deployed:
    """A stack, with the ids that its resources would have."""

    template: Template
    region: str

    @cached_property
    def config(self) -> Any:
        """The cluster configuration as ParallelCluster's provider gets it."""
        return stringify(self._resolved(cluster_configuration(self.template)))

    def identity(self, name: str) -> str:
        """Id of a resource: another one where CloudFormation would replace it."""
        resource = self.template["Resources"][name]
        kind, properties = resource["Type"], resource.get("Properties", {})
        lasting = {key: properties[key] for key in sorted(create_only(kind) & properties.keys())}
        text = json.dumps([name, kind, self.region, self._resolved(lasting)], sort_keys=True)
        return FORMS.get(kind, "{:.17}").format(hashlib.sha256(text.encode()).hexdigest())

    @property
    def stateful(self) -> dict[str, str]:
        """Id by logical id of all that holds data."""
        kinds = {name: part["Type"] for name, part in self.template["Resources"].items()}
        return {name: self.identity(name) for name, kind in kinds.items() if kind in STATEFUL}

    @property
    def subnets(self) -> dict[str, tuple[str, str]]:
        """Logical id -> id and block of addresses of each subnet."""
        return {
            name: (self.identity(name), part["Properties"]["CidrBlock"])
            for name, part in self.template["Resources"].items()
            if part["Type"] == "AWS::EC2::Subnet"
        }

    def _resolved(self, value: Any) -> Any:
        match value:
            case {"Ref": "AWS::Region"}:
                return self.region
            case {"Ref": str() as name}:
                return PSEUDO.get(name) or self.identity(name)
            case {"Fn::GetAtt": [str() as name, *_]}:
                return self.identity(name)
            case {"Fn::Join": [separator, parts]}:
                return separator.join(map(str, map(self._resolved, parts)))
            case Mapping():
                return {key: self._resolved(part) for key, part in value.items()}
            case list():
                return [self._resolved(part) for part in value]
        return value
