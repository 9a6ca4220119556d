"""Versions that a seed asks for, held against what AWS offers."""

from __future__ import annotations

from collections.abc import Iterator

from petal_constructs.catalog import versions
from petal_constructs.errors import Problem
from petal_constructs.seed.model import Seed


def check_versions(seed: Seed) -> Iterator[Problem]:
    """The Kubernetes version is one that Amazon EKS still offers."""
    wanted = seed.eks.version
    offered = versions.EKS.offered
    if wanted is not None and wanted not in offered:
        yield Problem(
            "P207",
            "eks.version",
            f"Amazon EKS does not offer Kubernetes {wanted} (as of {versions.EKS.as_of})",
            f"leave it out for {versions.EKS.default}, or choose one of {', '.join(offered)}",
        )
