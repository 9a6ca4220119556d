"""Helm charts of the catalog, installed by the CDK's kubectl function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct, IDependable

from petal_constructs.catalog import kubernetes
from petal_constructs.platforms.pcs import names

ON_EVERY_NODE: Final = [{"operator": "Exists"}]
"""Tolerations of daemon sets: nodes of queues are tainted with their namespace."""
_READY_WITHIN: Final = 10
"""Minutes; the CDK's function ends after 15."""


def install_chart(
    scope: Construct,
    construct_id: str,
    *,
    cluster: eks.ICluster,
    name: str,
    values: Mapping[str, Any] | None = None,
    after: tuple[IDependable, ...] = (),
    wait: bool = False,
) -> eks.HelmChart:
    """Install a chart by its name in the catalog.

    Args:
        scope: Construct it is part of.
        construct_id: Its name in `scope`.
        cluster: Where to install it.
        name: The chart's name, which is its release's name too.
        values: Its values: no secrets, and no None, which the CDK drops.
        after: What must exist before it, and outlives it.
        wait: Whether to wait until its pods are ready.
    """
    facts = kubernetes.FACTS.charts[name]
    chart = eks.HelmChart(
        scope,
        construct_id,
        cluster=cluster,
        chart=name,
        release=name,
        repository=facts.repository,
        version=facts.version,
        namespace=facts.namespace,
        create_namespace=facts.namespace != names.SYSTEM_NAMESPACE,
        values=dict(values) if values else None,
        wait=wait,
        timeout=cdk.Duration.minutes(_READY_WITHIN) if wait else None,
    )
    chart.node.add_dependency(*after)
    return chart
