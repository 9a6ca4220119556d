"""What a template puts into Kubernetes: the objects of its manifests, the values of its charts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import helm_python
import yaml

from tests.manifests.tokens import Template, read_json

Object = dict[str, Any]
"""A Kubernetes object."""

MANIFEST: Final = "Custom::AWSCDK-EKS-KubernetesResource"
CHART: Final = "Custom::AWSCDK-EKS-HelmChart"
MANIFEST_BYTES, TEMPLATE_BYTES, RESOURCES = 200_000, 600_000, 350
"""petal's own limits; those of CloudFormation and of the CDK's kubectl function are wider."""


def manifests(template: Template) -> dict[str, list[Object]]:
    """Objects by the logical id of the resource that applies them, tokens replaced."""
    return {name: read_json(p["Manifest"], template) for name, p in _of(template, MANIFEST)}


def helm_values(template: Template) -> dict[str, Object]:
    """Values by the logical id of the Helm release, tokens replaced; empty where it has none."""
    return {name: read_json(p.get("Values", "{}"), template) for name, p in _of(template, CHART)}


def objects(template: Template) -> list[Object]:
    """All objects of all manifests."""
    return [found for group in manifests(template).values() for found in group]


def holding(template: Template, *kinds: str) -> set[str]:
    """Logical ids of the manifests that hold an object of one of these kinds."""
    found = manifests(template).items()
    return {name for name, group in found if any(o["kind"] in kinds for o in group)}


def releases(template: Template, *names: str) -> set[str]:
    """Logical ids of the Helm releases of charts with one of these names."""
    return {
        logical
        for logical, properties in _of(template, CHART)
        if str(properties.get("Chart", "")).rsplit("/", 1)[-1] in names
    }


def rendered(folder: Path, values: Object, name: str, namespace: str) -> list[Object]:
    """The objects of a chart in a folder, as Helm renders it for an empty cluster.

    Raises:
        helm_python.HelmError: Helm refuses the chart or the values.
    """
    with helm_python.Chart.load(folder) as chart:
        texts = chart.render(values=values, name=name, namespace=namespace)
    return [found for text in texts.values() for found in yaml.safe_load_all(text) if found]


def name_of(found: Object) -> str:
    """How messages call an object: kind, namespace, name."""
    metadata = found.get("metadata") or {}
    place = "/".join(filter(None, (metadata.get("namespace"), metadata.get("name"))))
    return f"{found.get('kind')} {place}"


def _of(template: Template, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource["Properties"]
