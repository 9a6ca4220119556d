"""What other rules for roles mean where roles stand already."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.plan.changes import Consequence, Effect
from petal_constructs.platforms.parallelcluster.roles import Roles


def role_effects(old: Roles, new: Roles) -> Iterator[Effect]:
    """What ParallelCluster's update policy does not say.

    Sources: CloudFormation User Guide, AWS::CloudFormation::CustomResource (a service token cannot
    be updated); aws-parallelcluster 451cc53, parallelcluster-policies.yaml, which lets no provider
    take a boundary off a role.
    """
    if old.provider != new.provider:
        why = "CloudFormation lets no cluster change its provider: make a new one"
        yield Effect("provider", Consequence.REFUSED, why)
    if old.boundary and not new.boundary and not new.provider:
        why = "AWS's provider has no right to take the boundary off the roles of nodes"
        yield Effect("permissions boundary of nodes", Consequence.REFUSED, why)
