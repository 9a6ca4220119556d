"""petal: one YAML file, a seed, becomes a working HPC cluster on AWS.

>>> from petal_constructs import load_seed, plan_seed
>>> plan = plan_seed(load_seed("seeds/bio.yaml"))
>>> plan.name
'bio'

Everything but the constructs is plain Python. The constructs are AWS CDK's: their names load on
first use, since importing `aws_cdk` starts Node.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

__version__ = "0.1.0"

_HOMES: Final = {
    "ContainerRegistry": "petal_constructs.constructs.container_registry",
    "ContainerRegistryStack": "petal_constructs.constructs.registry_stack",
    "ExistingCluster": "petal_constructs.platforms.pcs.construct",
    "HybridCluster": "petal_constructs.platforms.hybrid.construct",
    "HybridClusterStack": "petal_constructs.platforms.hybrid.stack",
    "HybridPlan": "petal_constructs.platforms.hybrid.values",
    "ParallelCluster": "petal_constructs.platforms.parallelcluster.construct",
    "ParallelClusterPlan": "petal_constructs.platforms.parallelcluster.values",
    "ParallelClusterStack": "petal_constructs.platforms.parallelcluster.stack",
    "PcsEks": "petal_constructs.platforms.pcs.construct",
    "PcsEksStack": "petal_constructs.platforms.pcs.stack",
    "PcsPlan": "petal_constructs.platforms.pcs.values",
    "PetalError": "petal_constructs.errors",
    "Problem": "petal_constructs.errors",
    "RegistryPlan": "petal_constructs.plan.registry",
    "Seed": "petal_constructs.seed.model",
    "SeedError": "petal_constructs.errors",
    "add_registry_stack": "petal_constructs.app",
    "add_stack": "petal_constructs.app",
    "check_seed": "petal_constructs.planning",
    "load_seed": "petal_constructs.planning",
    "new_app": "petal_constructs.app",
    "plan_registry": "petal_constructs.plan.registry",
    "plan_seed": "petal_constructs.planning",
}
"""Public name -> the module that it lives in."""

__all__ = [
    "ContainerRegistry",
    "ContainerRegistryStack",
    "ExistingCluster",
    "HybridCluster",
    "HybridClusterStack",
    "HybridPlan",
    "ParallelCluster",
    "ParallelClusterPlan",
    "ParallelClusterStack",
    "PcsEks",
    "PcsEksStack",
    "PcsPlan",
    "PetalError",
    "Problem",
    "RegistryPlan",
    "Seed",
    "SeedError",
    "add_registry_stack",
    "add_stack",
    "check_seed",
    "load_seed",
    "new_app",
    "plan_registry",
    "plan_seed",
]

if TYPE_CHECKING:
    from petal_constructs.app import add_registry_stack as add_registry_stack
    from petal_constructs.app import add_stack as add_stack
    from petal_constructs.app import new_app as new_app
    from petal_constructs.constructs.container_registry import (
        ContainerRegistry as ContainerRegistry,
    )
    from petal_constructs.constructs.registry_stack import (
        ContainerRegistryStack as ContainerRegistryStack,
    )
    from petal_constructs.errors import PetalError as PetalError
    from petal_constructs.errors import Problem as Problem
    from petal_constructs.errors import SeedError as SeedError
    from petal_constructs.plan.registry import RegistryPlan as RegistryPlan
    from petal_constructs.plan.registry import plan_registry as plan_registry
    from petal_constructs.planning import check_seed as check_seed
    from petal_constructs.planning import load_seed as load_seed
    from petal_constructs.planning import plan_seed as plan_seed
    from petal_constructs.platforms.hybrid.construct import HybridCluster as HybridCluster
    from petal_constructs.platforms.hybrid.stack import HybridClusterStack as HybridClusterStack
    from petal_constructs.platforms.hybrid.values import HybridPlan as HybridPlan
    from petal_constructs.platforms.parallelcluster.construct import (
        ParallelCluster as ParallelCluster,
    )
    from petal_constructs.platforms.parallelcluster.stack import (
        ParallelClusterStack as ParallelClusterStack,
    )
    from petal_constructs.platforms.parallelcluster.values import (
        ParallelClusterPlan as ParallelClusterPlan,
    )
    from petal_constructs.platforms.pcs.construct import ExistingCluster as ExistingCluster
    from petal_constructs.platforms.pcs.construct import PcsEks as PcsEks
    from petal_constructs.platforms.pcs.stack import PcsEksStack as PcsEksStack
    from petal_constructs.platforms.pcs.values import PcsPlan as PcsPlan
    from petal_constructs.seed.model import Seed as Seed


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
