"""Slurm in an EKS cluster: the operator, and petal's manifests in the order that they need."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
import cdk8s
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct, DependencyGroup, IDependable

from petal_constructs.catalog import kubernetes
from petal_constructs.constructs.acknowledge import acknowledge_assets
from petal_constructs.platforms.pcs import manifests
from petal_constructs.platforms.pcs.charts.objects import Body, Chart
from petal_constructs.platforms.pcs.helm import install_chart
from petal_constructs.platforms.pcs.helm_charts import DRAIN, SLURM, write_chart
from petal_constructs.platforms.pcs.manifests import References
from petal_constructs.platforms.pcs.names import ON_SYSTEM_NODES
from petal_constructs.platforms.pcs.values import PcsPlan, SlurmCluster

_HELM_WAITS: Final = cdk.Duration.minutes(14)
"""Longer than the drain takes, shorter than the 15 minutes of the CDK's function."""
_DRAIN_WAITS_S: Final = 540


class _Embedded(cdk8s.Chart):
    """A chart of petal's in cdk8s, synthesised at once.

    An ApiObject takes three calls into Node: 0.5 of 2.8 s with 40 queues and 30 tenants.
    """

    def __init__(self, scope: Construct, chart: Chart) -> None:
        super().__init__(scope, chart.name)
        self._objects = chart.objects

    def to_json(self) -> list[Body]:
        """The objects, which may hold CDK tokens, in the order in which they are created."""
        return self._objects


class SlurmClusters(Construct):
    """The Slurm clusters of a plan, in an EKS cluster that can start their nodes.

    What is created last is deleted first: the drain empties the queues, then Slurm's pods go, then
    the node pools, then namespaces with their folders, and at last the operator.

    Args:
        scope: Construct this one is part of.
        construct_id: Name of this construct in `scope`.
        plan: What to install.
        cluster: Where.
        known: Ids and addresses that manifests name.
        ready_for_pods: What pods and volumes need.
        ready_for_nodes: What node pools need.

    Attributes:
        operated: The operator and its definitions; what needs them comes after this.
        installed: Namespace -> after this its Slurm is installed.
        ready: After this all of Slurm is installed.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        plan: PcsPlan,
        cluster: eks.ICluster,
        known: References,
        ready_for_pods: IDependable,
        ready_for_nodes: IDependable,
    ) -> None:
        super().__init__(scope, construct_id)
        self._plan, self._cluster, self._known = plan, cluster, known
        self._charts = cdk8s.App()
        self._helm = {name: self._asset(name) for name in (SLURM, DRAIN)}
        acknowledge_assets(cluster, "the CDK's kubectl function reads petal's own Helm charts")
        classes = self._embed("Classes", manifests.classes(plan), ready_for_pods, ready_for_nodes)
        self.operated = self._operator(classes)
        self._queues = {
            queue.node_pool: manifests.of_queue(plan, queue, known) for queue in plan.queues
        }
        self._pools = {pool: self._nodes(pool, classes, ready_for_nodes) for pool in self._queues}
        self.installed = {slurm.namespace: self._slurm(slurm) for slurm in plan.clusters}
        self.ready = DependencyGroup(*self.installed.values())

    def _asset(self, name: str) -> s3_assets.Asset:
        with tempfile.TemporaryDirectory() as folder:
            write_chart(name, Path(folder))
            return s3_assets.Asset(self, name, path=folder)

    def _operator(self, *after: IDependable) -> eks.HelmChart:
        definitions = install_chart(
            self,
            "OperatorDefinitions",
            cluster=self._cluster,
            name="slurm-operator-crds",
            after=after,
        )
        on_system = {"nodeSelector": dict(ON_SYSTEM_NODES)}
        return install_chart(
            self,
            "Operator",
            cluster=self._cluster,
            name="slurm-operator",
            values={
                "certManager": {"enabled": False},
                "operator": on_system,
                "webhook": on_system,
            },
            after=(definitions,),
            wait=True,
        )

    def _nodes(self, pool: str, *after: IDependable) -> tuple[IDependable, ...]:
        made = self._queues[pool].nodes
        if made is None:
            return after
        return (self._embed(f"Nodes-{pool}", made, *after, prune=False),)

    def _slurm(self, slurm: SlurmCluster) -> IDependable:
        place = slurm.namespace
        made = manifests.of_namespace(self._plan, slurm, self._known)
        base = self._embed(f"Namespace-{place}", made.base, self.operated)
        keys = self._install(f"Keys-{place}", SLURM, place, {}, base)
        ready = keys if made.images is None else self._embed(f"Images-{place}", made.images, keys)
        daemons = self._embed(f"Slurm-{place}", made.slurm, ready, prune=False)
        queues = [self._queue(queue.node_pool, daemons) for queue in slurm.queues]
        values = {"image": kubernetes.FACTS.images.python, "seconds": _DRAIN_WAITS_S}
        return self._install(f"Drain-{place}", DRAIN, place, values, daemons, *queues)

    def _queue(self, pool: str, *after: IDependable) -> IDependable:
        made = self._queues[pool].slurm
        return self._embed(f"Queue-{pool}", made, *after, *self._pools[pool], prune=False)

    def _embed(
        self, construct_id: str, chart: Chart, *after: IDependable, prune: bool = True
    ) -> eks.KubernetesManifest:
        """A manifest; one with custom resources of Slurm must not be pruned.

        The operator copies labels and annotations of a resource to what it makes of it, so that
        kubectl would take pods, services and load balancers for objects gone from the manifest.
        """
        embedded = _Embedded(self._charts, chart)
        made = self._cluster.add_cdk8s_chart(construct_id, embedded, prune=prune)
        made.node.add_dependency(*after)
        return made

    def _install(
        self,
        construct_id: str,
        name: str,
        namespace: str,
        values: dict[str, Any],
        *after: IDependable,
    ) -> eks.HelmChart:
        """A chart of petal's own, into a namespace."""
        chart = eks.HelmChart(
            self,
            construct_id,
            cluster=self._cluster,
            chart_asset=self._helm[name],
            release=name,
            namespace=namespace,
            create_namespace=False,
            values=values or None,
            wait=True,
            timeout=_HELM_WAITS,
        )
        chart.node.add_dependency(*after)
        return chart
