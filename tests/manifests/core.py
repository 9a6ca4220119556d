"""Kubernetes' own kinds, and parts of them, checked strictly for one version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import kubernetes_validate  # type: ignore[import-untyped]

from tests.manifests.judge import Object

_QUANTITY: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(([KMGTPE]i)|[numkMGTPE]|[eE][+-]?\d+)?")
"""https://kubernetes.io/docs/reference/kubernetes-api/definitions/quantity-resource-definition/"""
_QUANTITIES: Final = {"capacity", "default", "defaultRequest", "hard", "limits", "max", "requests"}
"""Fields that hold quantities by resource name."""
_WORDS: Final = {
    "accessModes": {"ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"},
    "concurrencyPolicy": {"Allow", "Forbid", "Replace"},
    "dnsPolicy": {"ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"},
    "effect": {"NoExecute", "NoSchedule", "PreferNoSchedule"},
    "imagePullPolicy": {"Always", "IfNotPresent", "Never"},
    "operator": {*("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte", "Equal")},
    "persistentVolumeReclaimPolicy": {"Delete", "Recycle", "Retain"},
    "policyTypes": {"Egress", "Ingress"},
    "protocol": {"SCTP", "TCP", "UDP"},
    "restartPolicy": {"Always", "Never", "OnFailure"},
    "volumeBindingMode": {"Immediate", "WaitForFirstConsumer"},
    "whenUnsatisfiable": {"DoNotSchedule", "ScheduleAnyway"},
}
"""Fields that take few words, of which the schemas keep no list (Kubernetes API reference); `Gte`
and `Lte` are Karpenter's."""
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LABEL_VALUE: Final = re.compile(r"([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?", re.ASCII)
_ONE_LABEL: Final = {"Namespace", "Service"}
"""Kinds whose names may hold no dot."""


class UnknownKindError(Exception):
    """Kubernetes of this version has no such kind."""


def schema_errors(found: Object, version: str) -> list[str]:
    """What Kubernetes of a version would refuse in an object of its own kinds.

    Raises:
        UnknownKindError: The kind is none of its own.
    """
    try:
        kubernetes_validate.validate(found, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        place = ".".join(map(str, error.path))
        return [f"{place}: {error.message[:300]}"]
    except kubernetes_validate.SchemaNotFoundError as error:
        raise UnknownKindError(error.message) from error
    return []


def name_errors(found: Object) -> list[str]:
    """Names and labels that the API server refuses although the schema takes any text."""
    metadata = found.get("metadata") or {}
    name = metadata.get("name", "")
    parts = [name] if found.get("kind") in _ONE_LABEL else name.split(".")
    errors = []
    if found["apiVersion"].startswith("rbac.authorization.k8s.io/"):
        parts = []  # their names may hold any sign
    if len(name) > 253 or not all(_LABEL.fullmatch(part) for part in parts):
        errors.append(f"metadata.name: {name!r} is no name")
    for key, value in (metadata.get("labels") or {}).items():
        if not isinstance(value, str) or not _LABEL_VALUE.fullmatch(value):
            errors.append(f"metadata.labels.{key}: {value!r} is no label")
    return errors


def value_errors(found: Object) -> Iterator[str]:
    """Amounts and words that the API server refuses although the schema takes any text."""
    for key, value, place in _fields(found):
        amounts = value if key in _QUANTITIES and isinstance(value, dict) else {}
        for name, amount in amounts.items():
            if not isinstance(amount, dict) and not _QUANTITY.fullmatch(str(amount)):
                yield f"{place}.{name}: {amount!r} is no quantity"
        for word in value if isinstance(value, list) else [value]:
            if isinstance(word, str) and word not in _WORDS.get(key, {word}):
                yield f"{place}: {word!r} is none of {', '.join(sorted(_WORDS[key]))}"


def _fields(value: Any, place: str = "") -> Iterator[tuple[str, Any, str]]:
    """All fields at any depth with their names and places."""
    if isinstance(value, list):
        for number, part in enumerate(value):
            yield from _fields(part, f"{place}[{number}]")
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key, part, f"{place}.{key}".removeprefix(".")
            yield from _fields(part, f"{place}.{key}".removeprefix("."))


def metadata_errors(metadata: Any, version: str) -> list[str]:
    """Mistakes in the metadata of an object of any kind."""
    return schema_errors({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}, version)


def container_errors(part: Object, version: str) -> list[str]:
    """Mistakes in a container, whose name may be missing."""
    return pod_errors({"containers": [{"name": "stand-in", **part}]}, version)


def pod_errors(part: Object, version: str) -> list[str]:
    """Mistakes in the specification of a pod, whose containers may be missing."""
    spec = {"containers": [{"name": "stand-in"}], **part}
    return schema_errors({"apiVersion": "v1", "kind": "Pod", "spec": spec}, version)


def service_errors(part: Object, version: str) -> list[str]:
    """Mistakes in the specification of a service."""
    return schema_errors({"apiVersion": "v1", "kind": "Service", "spec": part}, version)


def claim_errors(part: list[Object], version: str) -> list[str]:
    """Mistakes in templates of volume claims, whose kind may be missing."""
    kind = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    return [error for claim in part for error in schema_errors({**kind, **claim}, version)]
