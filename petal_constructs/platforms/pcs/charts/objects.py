"""Kubernetes objects in cdk8s charts, written as the API server sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import cdk8s
from constructs import Construct

MANAGED_BY: Final = {"app.kubernetes.io/managed-by": "petal"}
"""Label of every object that petal makes."""


def chart(app: Construct, name: str) -> cdk8s.Chart:
    """An empty chart: what one manifest resource will hold."""
    return cdk8s.Chart(app, name, labels=dict(MANAGED_BY))


def add(
    chart: cdk8s.Chart,
    api_version: str,
    kind: str,
    name: str,
    *,
    namespace: str | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **body: Any,
) -> cdk8s.ApiObject:
    """Add one object.

    Args:
        chart: Where to add it.
        api_version: Such as `slinky.slurm.net/v1beta1`.
        kind: Such as `NodeSet`.
        name: `metadata.name`.
        namespace: `metadata.namespace`. Default: none, for objects of the whole cluster.
        labels: `metadata.labels` beside those of the chart.
        annotations: `metadata.annotations`.
        **body: Everything beside apiVersion, kind and metadata, such as `spec` or `data`.
    """
    made = cdk8s.ApiObject(
        chart,
        f"{kind}-{name}",
        api_version=api_version,
        kind=kind,
        metadata=cdk8s.ApiObjectMetadata(
            name=name,
            namespace=namespace,
            labels=dict(labels) if labels else None,
            annotations=dict(annotations) if annotations else None,
        ),
    )
    if body:
        patches = [cdk8s.JsonPatch.add(f"/{key}", value) for key, value in body.items()]
        made.add_json_patch(*patches)
    return made
