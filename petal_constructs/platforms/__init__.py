"""The platforms: one folder each, one row each in `PLATFORMS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from petal_constructs.errors import Problem
from petal_constructs.plan.changes import Effect
from petal_constructs.plan.images import Image
from petal_constructs.plan.tables import Table
from petal_constructs.seed.model import Seed

if TYPE_CHECKING:
    import constructs
    from aws_cdk import Stack

    from petal_constructs.jobs.site import Site


class Plan(Protocol):
    """What every plan tells about itself, whatever its platform."""

    @property
    def platform(self) -> str:
        """Name of the platform that it is for."""

    @property
    def name(self) -> str:
        """Name of the cluster."""

    @property
    def region(self) -> str:
        """AWS region."""


class Platform(Protocol):
    """What a platform's package offers, as functions of that module."""

    def check(self, seed: Seed) -> list[Problem]:
        """Problems that a seed has on this platform."""

    def cluster_images(self, seed: Seed) -> tuple[Image, ...]:
        """The container images that clusters of the seed use, in seed order."""

    def make_plan(self, seed: Seed) -> Plan:
        """What will exist; the seed has no errors."""

    def tables(self, plan: Any) -> tuple[Table, ...]:
        """The plan for a person to read."""

    def files(self, plan: Any) -> dict[str, str]:
        """Every rendered text by its relative path, with placeholders where AWS gives ids later."""

    def kept(self, plan: Any) -> tuple[str, ...]:
        """What outlives the cluster and is billed on, one thing each, and how to find it."""

    def other_stacks(self, plan: Any) -> tuple[str, ...]:
        """Names of the stacks that AWS makes for the cluster beside that of `make_stack`."""

    def effects(self, old: Any, new: Any) -> tuple[Effect, ...]:
        """What becomes of the cluster of one plan when it is updated to another of that name.

        Raises:
            UsageError: The platform cannot tell.
        """

    def version_effects(self, template: Mapping[str, Any], plan: Any) -> tuple[Effect, ...] | None:
        """What this version of petal would change in a cluster of the same plan.

        Args:
            template: That of the cluster's stack, as it is deployed.
            plan: What this version makes of the seed that it was deployed from.

        Returns:
            What differs; None where the platform cannot tell.
        """

    def job_sites(self, plan: Any) -> tuple[Site, ...]:
        """What jobs find on it: one site for each Slurm that is a platform of its own."""

    def make_stack(self, scope: constructs.Construct, plan: Any) -> Stack:
        """The one top-level stack. Starts Node."""


PLATFORMS: Final[Mapping[str, str]] = {
    "parallelcluster": "petal_constructs.platforms.parallelcluster",
    "pcs": "petal_constructs.platforms.pcs",
    "hybrid": "petal_constructs.platforms.hybrid",
}
"""Name of a platform -> the package that satisfies `Platform`."""
STACK_PREFIX: Final = "petal-"
"""A cluster's stack is called this and the cluster's name, on every platform."""


def on_first_use(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """`__getattr__` of a package that loads its functions when they are asked for (PEP 562).

    Args:
        package: Its `__name__`.
        homes: Function -> the module below the package that has it. No module may be called like
            its function, which it would hide once it is loaded.
    """

    def load(name: str) -> Any:
        if name not in homes:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg)
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return load


def platform(name: str) -> Platform:
    """The platform of that name; KeyError if this version has none."""
    module: Any = import_module(PLATFORMS[name])
    return module  # type: ignore[no-any-return]  # a module satisfies the protocol


def check(seed: Seed) -> list[Problem]:
    """Problems that the seed has on the platform that it names."""
    name = seed.cluster.platform
    if name not in PLATFORMS:
        others = (
            ["hybrid"] if seed.platforms is not None else [n for n in PLATFORMS if n != "hybrid"]
        )
        return [
            Problem(
                "P300",
                "cluster.platform",
                f"this version of petal does not build {name} yet",
                f"write platform: {' or '.join(others)}",
            )
        ]
    return platform(name).check(seed)
