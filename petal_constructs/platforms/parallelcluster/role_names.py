"""Names and paths of the roles and policies that a stack makes, as an account asks for them."""

from __future__ import annotations

import hashlib
from typing import Final

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from petal_constructs.platforms.parallelcluster.values import ParallelClusterPlan

_NAMES: Final = {
    "AWS::IAM::Role": ("RoleName", 64),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", 128),
}
"""CloudFormation's type -> its property for the name, and most characters of that (IAM User Guide,
IAM and AWS STS quotas, 2026-11-22)."""
_HASH: Final = 12


@jsii.implements(cdk.IAspect)
class RoleNames:
    """Gives every role and managed policy the prefix of a plan, also those that the CDK makes.

    ParallelCluster names its roles alike: the prefix, what it is, a hash over where it is.
    """

    def __init__(self, plan: ParallelClusterPlan) -> None:
        """Keep what the names are made from."""
        self.plan = plan

    def visit(self, node: IConstruct) -> None:
        """Name one, when the app is synthesised."""
        if not isinstance(node, cdk.CfnResource) or node.cfn_resource_type not in _NAMES:
            return
        rules = self.plan.roles
        if rules.name_prefix:
            key, longest = _NAMES[node.cfn_resource_type]
            node.add_property_override(key, self._name(node, rules.name_prefix, longest))
        if rules.path and node.cfn_resource_type == "AWS::IAM::Role":
            node.add_property_override("Path", rules.path)

    def _name(self, node: cdk.CfnResource, prefix: str, longest: int) -> str:
        """IAM's names are one for all regions."""
        place = f"{self.plan.region} {node.stack.stack_name} {node.node.path}"
        mark = hashlib.sha256(place.encode()).hexdigest()[:_HASH].upper()
        return f"{prefix}{self.plan.name[: longest - len(prefix) - len(mark) - 1]}-{mark}"
