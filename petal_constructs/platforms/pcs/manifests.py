"""Plan -> every manifest of the cluster, in the order in which they are created."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from petal_constructs.plan.values import FileSystem
from petal_constructs.platforms.pcs.charts import (
    copied_secrets,
    entrance,
    images,
    login,
    namespace,
    node_pools,
    node_sets,
    scaler,
    slurm,
    storage,
)
from petal_constructs.platforms.pcs.charts.node_pools import NodeReferences
from petal_constructs.platforms.pcs.charts.objects import Chart
from petal_constructs.platforms.pcs.values import PcsPlan, Queue, SlurmCluster


@dataclass(frozen=True, slots=True)
class Database:
    """Where job records are kept."""

    host: str
    secret_arn: str
    """Of its user name and password in AWS Secrets Manager."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """What lets in jobs of another cluster."""

    target_group_arn: str
    """Of the load balancer before slurmrestd."""
    secret_arn: str
    """Of the key of tokens in AWS Secrets Manager."""


@dataclass(frozen=True, slots=True)
class References:
    """What AWS names later, or somebody else named: ids, addresses, or CDK tokens of them."""

    role_name: str
    """IAM role of the nodes that queues start."""
    security_group_id: str
    """Security group of all nodes."""
    private_subnet_ids: tuple[str, ...]
    placement_groups: Mapping[str, str]
    """Node pool -> name of its placement group."""
    files: Mapping[str, FileSystem]
    """Name of a shared folder -> its file system."""
    vpc_cidrs: tuple[str, ...]
    login_is_public: bool
    database: Database | None = None
    entrance: Entrance | None = None

    def nodes(self, plan: PcsPlan, queue: Queue) -> NodeReferences:
        """What the node pool of a queue must know."""
        return NodeReferences(
            role_name=self.role_name,
            security_group_id=self.security_group_id,
            subnet_ids=self.private_subnet_ids,
            placement_group=self.placement_groups.get(queue.node_pool),
            cluster_name=plan.name,
        )


@dataclass(frozen=True, slots=True)
class NamespaceManifests:
    """The manifests of one Slurm; each needs those before it."""

    base: Chart
    """The namespace with its rules, and its folders."""
    images: Chart | None
    """What provides software to its pods; None without images."""
    slurm: Chart
    """Controller, REST server, login node and scaler."""


@dataclass(frozen=True, slots=True)
class QueueManifests:
    """The manifests of one queue."""

    nodes: Chart | None
    """What starts its EC2 instances; None where managed node groups do."""
    slurm: Chart
    """Its slurmd pods."""


def classes(plan: PcsPlan) -> Chart:
    """What belongs to no namespace and no queue."""
    return joined("classes", [storage.storage_class(plan), namespace.priority_class()])


def of_namespace(plan: PcsPlan, cluster: SlurmCluster, known: References) -> NamespaceManifests:
    """The manifests of a Slurm, without its queues."""
    place = cluster.namespace
    plan = plan.within(place)
    base = [
        namespace.namespace(plan, cluster, vpc_cidrs=known.vpc_cidrs),
        storage.storage(plan, cluster, known.files),
    ]
    if cluster.submission and known.entrance is not None:
        # Before slurmctld, which does not start without the key.
        base.append(copied_secrets.token_key(plan, cluster, secret_arn=known.entrance.secret_arn))
        base.append(login.submission_programs(cluster, cluster.submission))
    parts = [
        slurm.slurm(plan, cluster, database_host=known.database.host if known.database else None),
        login.login(plan, cluster, public=known.login_is_public),
        scaler.scaler(cluster),
    ]
    if cluster.accounting and known.database is not None:
        arn = known.database.secret_arn
        parts.insert(0, copied_secrets.database_password(plan, cluster, secret_arn=arn))
    if cluster.submission and known.entrance is not None:
        arn = known.entrance.target_group_arn
        parts.append(entrance.entrance(cluster, target_group_arn=arn))
    return NamespaceManifests(
        base=joined(f"{place}-base", base),
        images=images.images(plan, cluster),
        slurm=joined(f"{place}-slurm", parts),
    )


def of_queue(plan: PcsPlan, queue: Queue, known: References) -> QueueManifests:
    """The manifests of a queue."""
    nodes = None
    if plan.kubernetes.node_starter != "managed-node-groups":
        nodes = node_pools.node_pool(plan, queue, nodes=known.nodes(plan, queue))
    return QueueManifests(nodes, node_sets.node_sets(plan.within(queue.namespace), queue))


def joined(name: str, charts: Iterable[Chart]) -> Chart:
    """One chart with the objects of several, in their order."""
    return Chart(name, [body for chart in charts for body in chart.objects])


def everything(plan: PcsPlan, known: References) -> tuple[Chart, ...]:
    """All manifests, as they are created."""
    namespaces = [of_namespace(plan, cluster, known) for cluster in plan.clusters]
    queues = [of_queue(plan, queue, known) for queue in plan.queues]
    return (
        classes(plan),
        *(made.base for made in namespaces),
        *(made.nodes for made in queues if made.nodes),
        *(made.images for made in namespaces if made.images),
        *(made.slurm for made in namespaces),
        *(made.slurm for made in queues),
    )
