"""Which images a ParallelCluster cluster has."""

from __future__ import annotations

from petal_constructs.plan.images import Image, images
from petal_constructs.platforms.parallelcluster.names import PLATFORM
from petal_constructs.seed.model import Seed


def cluster_images(seed: Seed) -> tuple[Image, ...]:
    """Those of the seed's containers: packages that are in none are Spack's to install here."""
    return images(seed, PLATFORM) if seed.software.containers else ()
