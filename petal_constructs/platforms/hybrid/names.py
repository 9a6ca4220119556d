"""Names of a hybrid cluster, apart from its values, which checks do without."""

from __future__ import annotations

from typing import Final

PLATFORM: Final = "hybrid"
PCS_SUFFIX: Final = "-pcs"
"""What Slurm's ClusterName on EKS has behind the cluster's name, which the other side has alone."""


def head_node(cluster: str) -> str:
    """Name of the head node for pods of the EKS side."""
    return f"head.{rest_zone(cluster)}"


def rest_zone(cluster: str) -> str:
    """Private zone of the names by which the two sides find each other."""
    return f"{slurm_name_on_pcs(cluster)}.internal"


def key_parameter(cluster: str) -> str:
    """Parameter of AWS Systems Manager that says where the key of tokens is."""
    return f"/petal/{cluster}/token-key"


def slurm_name_on_pcs(cluster: str) -> str:
    """Slurm's ClusterName on EKS: in lower case, as its database has it."""
    return f"{cluster.lower()}{PCS_SUFFIX}"
