"""Seed -> the plans of both sides, made for one network, one storage and the same people."""

from __future__ import annotations

from dataclasses import replace

from petal_constructs.platforms.hybrid.homes import with_homes
from petal_constructs.platforms.hybrid.names import PLATFORM, slurm_name_on_pcs
from petal_constructs.platforms.hybrid.submission import with_submission
from petal_constructs.platforms.hybrid.values import HybridPlan
from petal_constructs.platforms.parallelcluster import planning as on_ec2
from petal_constructs.platforms.pcs import planning as on_eks
from petal_constructs.seed.model import Seed


def make_plan(seed: Seed) -> HybridPlan:
    """Decide everything; the seed has passed `checks.check`."""
    whole = with_homes(seed)
    pcs = on_eks.make_plan(whole)
    name = slurm_name_on_pcs(seed.cluster.name)
    clusters = tuple(replace(slurm, cluster_name=name) for slurm in pcs.clusters)
    one, two = with_submission(
        replace(on_ec2.make_plan(whole), shared=pcs.folders),
        replace(pcs, clusters=clusters, budget=None),
    )
    return HybridPlan(
        platform=PLATFORM,
        name=seed.cluster.name,
        region=seed.cluster.region,
        parallelcluster=one,
        pcs=two,
    )
