"""The whole seed."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, PrivateAttr

from petal_constructs.seed.base import EmailAddress, Section
from petal_constructs.seed.cluster import Cluster
from petal_constructs.seed.compute import Compute, Platforms
from petal_constructs.seed.data import Data
from petal_constructs.seed.directory import Directory
from petal_constructs.seed.eks import Eks
from petal_constructs.seed.lock import Lock
from petal_constructs.seed.network import Network
from petal_constructs.seed.registry import Registry
from petal_constructs.seed.software import Software
from petal_constructs.seed.tenants import Tenant
from petal_constructs.seed.users import User


class Seed(Section):
    """A cluster as a user describes it: its place, queues, software, users and data."""

    cluster: Cluster
    """Name, place and platform."""

    compute: Compute | None = None
    """Head node and queues. Needed unless `platforms` gives them for each side."""

    platforms: Platforms | None = None
    """Both sides of a hybrid cluster, in place of `compute`."""

    software: Software = Software()
    """What users find with `module avail`."""

    registry: Registry = Registry()
    """Where the images that petal builds lie."""

    users: tuple[User, ...] = ()
    """Who logs in."""

    directory: Directory | None = None
    """An Active Directory or LDAP server that says who logs in, in place of `users`."""

    data: Data = Data()
    """Folders that every node sees."""

    eks: Eks = Eks()
    """Settings of the Kubernetes cluster below `pcs`."""

    tenants: tuple[Tenant, ...] = ()
    """Groups of users kept apart from one another."""

    network: Network = Network()
    """An existing network, and who may connect."""

    accounting: bool = False
    """Keep Slurm's job records in a database. Shared tenants turn it on."""

    monitoring: bool = False
    """Watch the cluster closely: a CloudWatch dashboard, alarms of the head node that reach
    `alert_emails`, and a measurement of each compute node every minute, which costs extra. Without
    it ParallelCluster has the same dashboard and alarms, but the alarms reach nobody."""

    budget: Annotated[float | None, Field(gt=0)] = None
    """US dollars a month that the cluster may cost. AWS Budgets sends mail to `alert_emails` when
    80 % and all of it are spent, and when its forecast says that all will be. Nothing is stopped.
    What counts is what carries the tag `petal:budget`, once that is activated as a cost allocation
    tag."""

    alert_emails: Annotated[
        tuple[EmailAddress, ...], Field(max_length=10, examples=[["hpc@example.org"]])
    ] = ()
    """Who gets mail about `budget`, and about the alarms of `monitoring`; for these AWS first asks
    each address to confirm. Default: nobody."""

    log_retention_days: Annotated[int | None, Field(ge=1, le=3653, examples=[30])] = None
    """Days that CloudWatch keeps the logs of ParallelCluster's nodes, one of its own choices: 30,
    90, 365 and others. It can be changed later, but neither added to a cluster nor removed.
    Default: 180."""

    _lock: Lock = PrivateAttr(default_factory=Lock)

    @property
    def lock(self) -> Lock:
        """What was pushed of its images. It stands beside the seed's file, not in it."""
        return self._lock

    def with_lock(self, lock: Lock) -> Self:
        """The same seed, with what a lock says of its cluster."""
        locked = self.model_copy()
        locked._lock = lock.of(self.cluster.name)  # noqa: SLF001  # of its own copy
        return locked

    @property
    def parts(self) -> dict[str, Compute]:
        """Head node and queues of each platform that the seed uses, by platform name."""
        if self.platforms is not None:
            return {
                "parallelcluster": self.platforms.parallelcluster,
                "pcs": self.platforms.pcs,
            }
        return {self.cluster.platform: self.compute} if self.compute is not None else {}

    @property
    def placed_parts(self) -> list[tuple[str, Compute]]:
        """The same parts, each with the path that the user wrote it under."""
        return [(self.compute_path(platform), part) for platform, part in self.parts.items()]

    def compute_path(self, platform: str) -> str:
        """Where the user wrote the queues of a platform: `compute` or `platforms.<name>`."""
        return f"platforms.{platform}" if self.platforms is not None else "compute"
