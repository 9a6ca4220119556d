"""Custom resources before their upstream definitions, as strictly as the API server judges."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from jsonschema import Draft4Validator  # OpenAPI 3.0, in which definitions are written, extends it

from tests.manifests import core
from tests.manifests.judge import Object, name_of
from tests.manifests.rules import Schema, broken_rules

FREE: Final[dict[str, Callable[[Any, str], list[str]]]] = {
    "initconf": core.container_errors,
    "logfile": core.container_errors,
    "login": core.container_errors,
    "reconfigure": core.container_errors,
    "service.spec": core.service_errors,
    "slurmctld": core.container_errors,
    "slurmd": core.container_errors,
    "slurmdbd": core.container_errors,
    "slurmrestd": core.container_errors,
    "template.spec": core.pod_errors,
    "volumeClaimTemplates": core.claim_errors,
}
"""Parts of Slinky's `spec` whose definition takes anything: what the operator reads them as.
Source: slurm-operator, api/v1beta1/*_types.go."""

OWN: Final = Path(__file__).with_name("definitions")
"""Definitions in our own words, of what the oracles' folder lacks."""


@cache
def definitions(folder: Path) -> dict[tuple[str, str], Schema]:
    """Schemas by apiVersion and kind, of the definitions in a folder's YAML files."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        spec = yaml.safe_load(path.read_text())["spec"]
        for version in spec["versions"]:
            if version["served"]:
                key = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                found[key] = version["schema"]["openAPIV3Schema"]
    return found


def errors(found: Object, version: str, folder: Path) -> list[str]:
    """All mistakes in an object of any kind; a kind that nobody defines is one.

    Args:
        found: The object.
        version: Of Kubernetes, such as `1.36`.
        folder: Upstream's definitions of custom resources.
    """
    kind = (found["apiVersion"], found["kind"])
    schema = definitions(folder).get(kind) or definitions(OWN).get(kind)
    mistakes = [*core.name_errors(found), *core.value_errors(found)]
    try:
        if schema is None:
            mistakes += core.schema_errors(found, version)
        else:
            mistakes += custom_errors(found, schema, version)
    except core.UnknownKindError as error:
        mistakes.append(str(error))
    return [f"{name_of(found)}: {mistake}" for mistake in mistakes]


def custom_errors(found: Object, schema: Schema, version: str) -> Iterator[str]:
    """Mistakes that the definition forbids, or Kubernetes' own types in its free parts."""
    whole = with_defaults(schema, found)
    wrong = list(Draft4Validator(_root(schema)).iter_errors(whole))
    for error in wrong:
        yield f"{'.'.join(map(str, error.absolute_path))}: {error.message[:300]}"
    if not wrong:
        yield from broken_rules(schema, whole)
    yield from core.metadata_errors(found.get("metadata"), version)
    for place, part in free_parts(schema, found):
        check = FREE.get(place.removeprefix(".spec."))
        inside = check(part, version) if check else ["takes anything, and nobody knows its type"]
        yield from (f"{place[1:]}: {mistake}" for mistake in inside)


def free_parts(schema: Schema, value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """The parts of a value, with their places, of which the definition takes anything."""
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        yield place, value
    elif isinstance(value, dict):
        for key, child in schema.get("properties", {}).items():
            if key in value:
                yield from free_parts(child, value[key], f"{place}.{key}")


def with_defaults(schema: Schema, value: Any) -> Any:
    """A copy of a value with the schema's defaults, as the API server stores it."""
    if isinstance(value, list):
        return [with_defaults(schema.get("items", {}), part) for part in value]
    if not isinstance(value, dict):
        return value
    named = schema.get("properties", {})
    others = schema.get("additionalProperties")
    missing = {k: copy.deepcopy(s["default"]) for k, s in named.items() if "default" in s}
    return {
        key: with_defaults(named.get(key, others if isinstance(others, dict) else {}), part)
        for key, part in (missing | value).items()
    }


def _root(schema: Schema) -> Schema:
    strict = _strict(schema)
    strict["properties"] |= {"metadata": {"type": "object"}}
    strict["required"] = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata"})
    return strict


def _strict(schema: Schema) -> Schema:
    """JSON Schema of a structural schema: fields that it does not name are forbidden."""
    strict = {key: value for key, value in schema.items() if not key.startswith("x-kubernetes-")}
    named, items, others = (schema.get(k) for k in ("properties", "items", "additionalProperties"))
    if named is not None:
        strict["properties"] = {key: _strict(child) for key, child in named.items()}
    if items is not None:
        strict["items"] = _strict(items)
    if isinstance(others, dict):
        strict["additionalProperties"] = _strict(others)
    elif named is not None and not schema.get("x-kubernetes-preserve-unknown-fields"):
        strict["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        strict.pop("type", None)
        strict["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if schema.get("nullable") and "type" in strict:
        strict["type"] = [strict["type"], "null"]
    return strict
