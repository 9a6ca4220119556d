"""The construct: Slurm on Amazon EKS, in a VPC or an EKS cluster of yours or ones of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct, DependencyGroup, IDependable

from petal_constructs.constructs.network import ClusterNetwork
from petal_constructs.constructs.storage import Place, SharedStorage
from petal_constructs.errors import UsageError
from petal_constructs.platforms import Plan
from petal_constructs.platforms.pcs import names
from petal_constructs.platforms.pcs.bucket_access import BucketAccess
from petal_constructs.platforms.pcs.eks_cluster import EksCluster
from petal_constructs.platforms.pcs.image_access import ImageAccess
from petal_constructs.platforms.pcs.manifests import Database, Entrance, References
from petal_constructs.platforms.pcs.slurm_clusters import SlurmClusters
from petal_constructs.platforms.pcs.values import as_pcs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import cdk8s


class Base(Protocol):
    """What petal must know of an EKS cluster, made or existing; see `EksCluster`."""

    cluster: eks.ICluster
    node_role: str
    security_group_id: str
    private_subnet_ids: tuple[str, ...]
    placement_groups: Mapping[str, str]
    login_is_public: bool
    ready_for_pods: IDependable
    ready_for_nodes: IDependable


class Records(Protocol):
    """A database of job records, and the secret that is for Slurm on EKS; see `Database`."""

    host: str
    secret_arn: str

    def let_in(self, scope: Construct, nodes_group_id: str) -> None:
        """Let the nodes of a security group connect; `scope` has the rule."""


class Door(Protocol):
    """A load balancer for jobs of another cluster, and the key of their tokens."""

    target_group_arn: str
    secret_arn: str

    def let_in(self, scope: Construct, nodes_group_id: str) -> None:
        """Let it reach the nodes of a security group; `scope` has the rule."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What another part of an app made, for `PcsEks(shared=...)`.

    Attributes:
        storage: Has every folder of the plan.
        records: The database. Default: no job records are kept.
        door: Where jobs of another cluster come in. Default: nowhere.
    """

    storage: SharedStorage
    records: Records | None = None
    door: Door | None = None


class PcsEks(Construct):
    """Slurm on Amazon EKS: what a seed with `platform: pcs` asks for.

    Defines the EKS cluster with add-ons and system nodes, what starts nodes for queues, homes and
    shared folders, the Slurm operator, and a Slurm in each namespace. Billed from the start: the
    control plane, two system nodes, a NAT gateway, load balancers; nodes of queues only while jobs
    run (or as `min_count` asks). File systems to keep stay when all is deleted.

    A permissions boundary of the seed goes to every role of the stack around it, since functions of
    the CDK have roles there.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`. Renaming it replaces the cluster.
        plan: What to build; `petal_constructs.plan_seed(seed)` makes one.
        vpc: Network to build in, with private subnets in two zones that reach the internet.
            Default: as the plan says, an existing one by its ids or a new one.
        existing: EKS cluster to use, ready for pods and for Karpenter's node pools. Default: a new
            one.
        shared: File systems and database that stand already, for the folders and job records of
            the plan. Default: made here.

    Raises:
        UsageError: The plan is for another platform, no kubectl fits the cluster's version, or an
            existing cluster comes without its VPC.

    Attributes:
        network: Where it stands.
        base: The EKS cluster and what surrounds it.
        cluster: The EKS cluster, to add charts and manifests to.
        storage: File systems by the names of folders.
        slurm: The Slurm clusters in it.

    Example:
        >>> stack = cdk.Stack(cdk.App(), "Hpc", env=cdk.Environment(region="us-east-1"))
        >>> hpc = PcsEks(stack, "Genomics", plan=plan, vpc=campus_vpc)
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: Plan,
        vpc: ec2.IVpc | None = None,
        existing: Base | None = None,
        shared: Shared | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.plan = as_pcs(plan)
        if existing is not None and vpc is None and self.plan.network.vpc_id is None:
            raise UsageError(
                "an existing EKS cluster stands in a VPC of yours, which nobody named\n"
                "hint: pass vpc=, or write network.vpc_id into the seed"
            )
        self.network = ClusterNetwork(
            self, "Network", plan=self.plan.network, vpc=vpc, zone_ids=self.plan.zone_ids
        )
        self.base: Base = existing or EksCluster(self, "Eks", plan=self.plan, network=self.network)
        self.cluster = self.base.cluster
        place = Place(
            self.network.vpc_id, self.base.private_subnet_ids, self.base.security_group_id
        )
        self.storage = (
            shared.storage
            if shared
            else SharedStorage(self, "Storage", folders=self.plan.folders, place=place)
        )
        buckets = BucketAccess(
            self, "Buckets", plan=self.plan, cluster_name=self.cluster.cluster_name
        )
        images = ImageAccess(self, "Images", plan=self.plan, cluster_name=self.cluster.cluster_name)
        self.slurm = SlurmClusters(
            self,
            "Slurm",
            plan=self.plan,
            cluster=self.cluster,
            known=self._references(
                self._given_database(shared) if shared else self._database(place),
                self._entrance(shared.door if shared else None),
            ),
            ready_for_pods=DependencyGroup(
                self.base.ready_for_pods, self.storage, buckets, images, *self._doors(shared)
            ),
            ready_for_nodes=self.base.ready_for_nodes,
        )
        if self.plan.budget is not None:
            from petal_constructs.constructs.budget import ClusterBudget

            ClusterBudget(self, "Budget", budget=self.plan.budget)
        if self.plan.permissions_boundary is not None:
            self._bind_roles(self.plan.permissions_boundary)

    def _bind_roles(self, boundary: str) -> None:
        """Bind every role of the stack, also those of the CDK's own functions outside of this."""
        policy = iam.ManagedPolicy.from_managed_policy_arn(self, "Boundary", boundary)
        iam.PermissionsBoundary.of(cdk.Stack.of(self)).apply(policy)

    def _database(self, place: Place) -> Database | None:
        if not self.plan.accounting:
            return None
        # Few clusters keep records, and what the database is made of takes a while to load.
        from petal_constructs.platforms.pcs.accounting import accounting_database

        return accounting_database(self, plan=self.plan, place=place, cluster=self.cluster)

    def _given_database(self, shared: Shared) -> Database | None:
        records = shared.records
        return None if records is None else Database(records.host, records.secret_arn)

    def _doors(self, shared: Shared | None) -> list[Construct]:
        """What lets the nodes into what was made elsewhere."""
        if shared is None:
            return []
        doors = Construct(self, "Doors")
        shared.storage.let_in(doors, self.base.security_group_id)
        if shared.records is not None:
            shared.records.let_in(Construct(doors, "Records"), self.base.security_group_id)
            recording = [slurm.namespace for slurm in self.plan.clusters if slurm.accounting]
            arn = shared.records.secret_arn
            self._may_read(doors, "Password", arn, names.DATABASE_ACCOUNT, recording)
        if shared.door is not None:
            shared.door.let_in(Construct(doors, "Entrance"), self.base.security_group_id)
            open_to_others = [slurm.namespace for slurm in self.plan.clusters if slurm.submission]
            arn = shared.door.secret_arn
            self._may_read(doors, "Key", arn, names.KEY_ACCOUNT, open_to_others)
        return [doors]

    def _may_read(
        self, doors: Construct, construct_id: str, arn: str, account: str, places: list[str]
    ) -> None:
        from petal_constructs.platforms.pcs.accounting import SecretAccess

        SecretAccess(
            doors,
            construct_id,
            service_account=account,
            namespaces=places,
            cluster_name=self.cluster.cluster_name,
            secret_arn=arn,
        )

    def _entrance(self, door: Door | None) -> Entrance | None:
        return None if door is None else Entrance(door.target_group_arn, door.secret_arn)

    def _references(self, database: Database | None, entrance: Entrance | None) -> References:
        return References(
            role_name=self.base.node_role,
            security_group_id=self.base.security_group_id,
            private_subnet_ids=tuple(self.base.private_subnet_ids),
            placement_groups=self.base.placement_groups,
            files=self.storage.files,
            vpc_cidrs=self.network.cidrs,
            login_is_public=self.base.login_is_public,
            database=database,
            entrance=entrance,
        )

    def add_chart(self, construct_id: str, chart: cdk8s.Chart) -> eks.KubernetesManifest:
        """Add objects of your own, made with cdk8s or cdk8s-plus, after Slurm is installed."""
        made = self.cluster.add_cdk8s_chart(construct_id, chart)
        made.node.add_dependency(self.slurm.ready)
        return made


@dataclass(frozen=True, slots=True)
class ExistingCluster:
    """An EKS cluster of yours, for `PcsEks(existing=...)`.

    It must have what petal's own has: Pod Identity, the VPC CNI or another that enforces network
    policies, the CSI drivers of the folders that the seed mounts, the AWS Load Balancer Controller,
    Karpenter 1.13 or newer, and nodes labelled `petal.dev/role=system`, of x86_64 where the
    seed has images. Its Kubernetes is the plan's, 1.36 by default; from 1.36 on, images that petal
    built want containerd 2.2 or newer on all nodes.

    Attributes:
        cluster: With a kubectl provider.
        node_role: Name of the role of the nodes that Karpenter starts.
        security_group_id: Of those nodes.
        private_subnet_ids: Where they stand.
        ready_for_pods: What Slurm's manifests wait for. A cluster that stands: itself.
        ready_for_nodes: What node pools wait for.
        placement_groups: Node pool, `<queue>.<namespace>` -> name of its placement group.
        login_is_public: Whether the login address is public.
    """

    cluster: eks.ICluster
    node_role: str
    security_group_id: str
    private_subnet_ids: tuple[str, ...]
    ready_for_pods: IDependable
    ready_for_nodes: IDependable
    placement_groups: Mapping[str, str]
    login_is_public: bool = False
