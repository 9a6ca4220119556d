"""What an account asks of the IAM roles that are made in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from petal_constructs.catalog import parallelcluster
from petal_constructs.seed.cluster import Cluster


@dataclass(frozen=True, slots=True)
class Roles:
    """Rules for every role of a cluster, and who makes those of its nodes."""

    boundary: str | None = None
    """ARN of the managed policy that bounds them. Default: none."""
    prefix: str | None = None
    """Path, which ends with its last slash, and beginning of the name. Default: neither."""
    provider: str | None = None
    """ARN of the function of a provider that stands already. Default: the stack has its own."""

    @property
    def path(self) -> str | None:
        """The path of the prefix, with slashes at both ends; None where it has none."""
        path, slash, _ = (self.prefix or "").rpartition("/")
        return path + slash or None

    @property
    def name_prefix(self) -> str | None:
        """What names begin with; None where the prefix is a path alone."""
        return (self.prefix or "").rpartition("/")[2] or None

    @property
    def policy_path(self) -> str:
        """Path of the policies of nodes, which the provider must be allowed to attach.

        AWS's own may attach those below /parallelcluster/ (parallelcluster-policies.yaml, statement
        IamPolicy).
        """
        return f"{self.path or parallelcluster.FACTS.roles.path}petal/"


def roles(cluster: Cluster) -> Roles:
    """The rules as the seed has them."""
    return Roles(cluster.permissions_boundary, cluster.resource_prefix, cluster.provider)


def roles_section(rules: Roles) -> dict[str, Any]:
    """Section `Iam` of the cluster configuration, if there is anything to say."""
    said = {"PermissionsBoundary": rules.boundary, "ResourcePrefix": rules.prefix}
    given = {key: value for key, value in said.items() if value}
    return {"Iam": given} if given else {}
