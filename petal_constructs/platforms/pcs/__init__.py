"""Platform `pcs`: Slurm on Amazon EKS, not the AWS service of that name. See README.md beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from petal_constructs.plan.images import Image, images
from petal_constructs.platforms import STACK_PREFIX
from petal_constructs.platforms.pcs.checks import check
from petal_constructs.platforms.pcs.outlives import kept, other_stacks
from petal_constructs.platforms.pcs.planning import make_plan
from petal_constructs.platforms.pcs.tables import tables
from petal_constructs.platforms.pcs.values import PLATFORM
from petal_constructs.seed.model import Seed

if TYPE_CHECKING:
    from constructs import Construct

    from petal_constructs.jobs.site import Site
    from petal_constructs.plan.changes import Effect
    from petal_constructs.platforms.pcs.stack import PcsEksStack
    from petal_constructs.platforms.pcs.values import PcsPlan

__all__ = [
    "check",
    "cluster_images",
    "effects",
    "files",
    "job_sites",
    "kept",
    "make_plan",
    "make_stack",
    "other_stacks",
    "tables",
    "version_effects",
]


def cluster_images(seed: Seed) -> tuple[Image, ...]:
    """All of the seed's, also the one of its `spack_packages`."""
    return images(seed, PLATFORM)


def job_sites(plan: PcsPlan) -> tuple[Site, ...]:
    """What jobs find in its Slurm."""
    from petal_constructs.platforms.pcs.offers import job_sites

    return job_sites(plan)


def effects(old: PcsPlan, new: PcsPlan) -> tuple[Effect, ...]:
    """What becomes of the cluster of one plan when it is updated to another of that name."""
    from petal_constructs.platforms.pcs.changes import effects

    return effects(old, new)


def version_effects(_: Mapping[str, Any], __: PcsPlan) -> None:
    """Not known: a template holds manifests with ids in them that AWS gave."""


def files(plan: PcsPlan) -> dict[str, str]:
    """Every manifest by its relative path; they are many, and loaded when somebody asks."""
    from petal_constructs.platforms.pcs.rendering import files

    return files(plan)


def make_stack(scope: Construct, plan: PcsPlan) -> PcsEksStack:
    """The stack `petal-<cluster>` in the plan's region."""
    from petal_constructs.platforms.pcs.stack import PcsEksStack

    return PcsEksStack(scope, f"{STACK_PREFIX}{plan.name}", plan=plan)
