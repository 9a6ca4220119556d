"""The cluster of seed.yaml, as each platform offers it to jobs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from petal_constructs.planning import load_seed, plan_checked
from petal_constructs.platforms import platform

HERE = Path(__file__).parent
SEED = HERE / "seed.yaml"


@cache
def plan(on):
    return plan_checked(load_seed(SEED, platform=on))


@cache
def site(on):
    (found,) = platform(on).job_sites(plan(on))
    return found
