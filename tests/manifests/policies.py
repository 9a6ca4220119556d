"""Who may speak to whom: NetworkPolicy objects, evaluated as their documentation says.

Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

from tests.manifests.judge import Object

NAME_LABEL = "kubernetes.io/metadata.name"
"""Every namespace has its name as this label."""


@dataclass(frozen=True)
class Pod:
    """An end of a connection."""

    namespace: str
    labels: tuple[tuple[str, str], ...] = ()
    ip: str | None = None
    """Given, an ipBlock may match the pod, as it does where pods have addresses of the VPC."""
    ports: tuple[tuple[str, int], ...] = ()
    """Named ports of its containers."""


End = Pod | str
"""A pod, or an address outside the cluster."""


def allowed(
    objects: Iterable[Object], source: End, destination: End, port: int, protocol: str = "TCP"
) -> bool:
    """Whether a connection may be opened: the source's egress and the destination's ingress agree.

    Args:
        objects: All objects of the cluster; NetworkPolicy and Namespace count.
        source: Where the connection starts.
        destination: Where it ends.
        port: At the destination.
        protocol: `TCP`, `UDP` or `SCTP`.
    """
    known = list(objects)
    return all(
        _passes(known, direction, end, peer, (destination, port, protocol))
        for direction, end, peer in (
            ("Egress", source, destination),
            ("Ingress", destination, source),
        )
    )


def _passes(
    known: list[Object], direction: str, end: End, peer: End, target: tuple[End, int, str]
) -> bool:
    """Whether no policy selects an end, or one that does lets the peer pass."""
    if isinstance(end, str):
        return True
    field, peers = ("egress", "to") if direction == "Egress" else ("ingress", "from")
    selecting = [
        found
        for found in known
        if found["kind"] == "NetworkPolicy"
        and found["metadata"].get("namespace", "default") == end.namespace
        and matches(found["spec"].get("podSelector") or {}, dict(end.labels))
        and direction in _types(found["spec"])
    ]
    return not selecting or any(
        _peers_match(rule.get(peers), peer, end.namespace, known) and _port_matches(rule, *target)
        for policy in selecting
        for rule in policy["spec"].get(field) or ()
    )


def _types(spec: dict[str, Any]) -> list[str]:
    return spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]


def _peers_match(
    peers: list[dict[str, Any]] | None, end: End, namespace: str, known: list[Object]
) -> bool:
    return not peers or any(_peer_matches(peer, end, namespace, known) for peer in peers)


def _peer_matches(peer: dict[str, Any], end: End, namespace: str, known: list[Object]) -> bool:
    address = end if isinstance(end, str) else end.ip
    if "ipBlock" in peer:
        return address is not None and _in_block(address, peer["ipBlock"])
    if isinstance(end, str):
        return False
    if "namespaceSelector" in peer:
        here = matches(peer["namespaceSelector"], _namespace_labels(end.namespace, known))
    else:
        here = end.namespace == namespace
    return here and matches(peer.get("podSelector") or {}, dict(end.labels))


def _in_block(address: str, block: dict[str, Any]) -> bool:
    inside = [
        ip_address(address) in ip_network(cidr)
        for cidr in (block["cidr"], *block.get("except", ()))
    ]
    return inside[0] and not any(inside[1:])


def _namespace_labels(name: str, known: list[Object]) -> dict[str, str]:
    written = [
        found["metadata"].get("labels") or {}
        for found in known
        if found["kind"] == "Namespace" and found["metadata"]["name"] == name
    ]
    return {**(written[0] if written else {}), NAME_LABEL: name}


def _port_matches(rule: dict[str, Any], end: End, port: int, protocol: str) -> bool:
    named = dict(end.ports) if isinstance(end, Pod) else {}
    return not rule.get("ports") or any(
        entry.get("protocol", "TCP") == protocol and _in_range(entry, named, port)
        for entry in rule["ports"]
    )


def _in_range(entry: dict[str, Any], named: dict[str, int], port: int) -> bool:
    first = entry.get("port")
    if first is None:
        return True
    if isinstance(first, str):
        return named.get(first) == port
    return bool(first <= port <= entry.get("endPort", first))


def matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a label selector selects; an empty one selects everything."""
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _expression_holds(expression, labels) for expression in selector.get("matchExpressions", ())
    )


def _expression_holds(expression: dict[str, Any], labels: dict[str, str]) -> bool:
    value = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case unknown:
            raise ValueError(f"{unknown} is no operator of a label selector")
