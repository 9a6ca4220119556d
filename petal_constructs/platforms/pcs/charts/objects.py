"""Kubernetes objects as the API server sees them, gathered in charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MANAGED_BY: Final = {"app.kubernetes.io/managed-by": "petal"}
"""Label of every object that petal makes."""

RBAC: Final = "rbac.authorization.k8s.io"

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chart:
    """Objects that are created and deleted together: one manifest resource of the stack."""

    name: str
    objects: list[Body] = field(default_factory=list)

    def to_json(self) -> list[Body]:
        """The objects, in the order in which they are created."""
        return self.objects


def add(
    chart: Chart,
    api_version: str,
    kind: str,
    name: str,
    *,
    namespace: str | None = None,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **body: Any,
) -> None:
    """Add one object.

    Args:
        chart: Where to add it.
        api_version: Such as `slinky.slurm.net/v1beta1`.
        kind: Such as `NodeSet`.
        name: `metadata.name`.
        namespace: `metadata.namespace`. Default: none, for objects of the whole cluster.
        labels: `metadata.labels` beside petal's own.
        annotations: `metadata.annotations`.
        **body: Everything beside apiVersion, kind and metadata, such as `spec` or `data`.
    """
    metadata: Body = {"name": name, "labels": {**MANAGED_BY, **(labels or {})}}
    if namespace:
        metadata["namespace"] = namespace
    if annotations:
        metadata["annotations"] = dict(annotations)
    chart.objects.append({"apiVersion": api_version, "kind": kind, "metadata": metadata, **body})


def add_account(chart: Chart, name: str, *, namespace: str, rules: list[Body]) -> None:
    """Add a service account with a role of its own; pods that use it ask for its token."""
    add(
        chart, "v1", "ServiceAccount", name, namespace=namespace, automountServiceAccountToken=False
    )
    account = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    add_role(chart, name, namespace=namespace, rules=rules, subject=account)


def add_role(chart: Chart, name: str, *, namespace: str, rules: list[Body], subject: Body) -> None:
    """Add a role and its binding to one subject, both of this name."""
    add(chart, f"{RBAC}/v1", "Role", name, namespace=namespace, rules=rules)
    add(
        chart,
        f"{RBAC}/v1",
        "RoleBinding",
        name,
        namespace=namespace,
        roleRef={"apiGroup": RBAC, "kind": "Role", "name": name},
        subjects=[subject],
    )
