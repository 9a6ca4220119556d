"""Truth tables; the policies are the examples of Kubernetes' documentation."""

from __future__ import annotations

import pytest
import yaml

from tests.manifests.policies import Pod, allowed, matches

EXAMPLE = yaml.safe_load("""
kind: NetworkPolicy
metadata: {name: test-network-policy, namespace: default}
spec:
  podSelector: {matchLabels: {role: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}
    - namespaceSelector: {matchLabels: {project: myproject}}
    - podSelector: {matchLabels: {role: frontend}}
    ports: [{protocol: TCP, port: 6379}]
  egress:
  - to: [{ipBlock: {cidr: 10.0.0.0/24}}]
    ports: [{protocol: TCP, port: 5978}]
""")
MINE = {"kind": "Namespace", "metadata": {"name": "mine", "labels": {"project": "myproject"}}}

DATABASE = Pod("default", (("role", "db"),))
FRONTEND = Pod("default", (("role", "frontend"),))
STRANGER = Pod("default", (("role", "stranger"),))
FRONTEND_ELSEWHERE = Pod("elsewhere", (("role", "frontend"),))
IN_MY_PROJECT = Pod("mine")


@pytest.mark.parametrize(
    ("source", "destination", "port", "expected"),
    [
        (FRONTEND, DATABASE, 6379, True),
        (FRONTEND, DATABASE, 6380, False),
        (STRANGER, DATABASE, 6379, False),
        (FRONTEND_ELSEWHERE, DATABASE, 6379, False),
        (IN_MY_PROJECT, DATABASE, 6379, True),
        ("172.17.0.9", DATABASE, 6379, True),
        ("172.17.1.9", DATABASE, 6379, False),
        ("10.0.0.9", DATABASE, 6379, False),
        (Pod("elsewhere", ip="172.17.0.9"), DATABASE, 6379, True),
        (DATABASE, "10.0.0.9", 5978, True),
        (DATABASE, "10.0.0.9", 5979, False),
        (DATABASE, "10.0.1.9", 5978, False),
        (DATABASE, FRONTEND, 5978, False),
        (STRANGER, FRONTEND, 80, True),
        (FRONTEND, "10.0.1.9", 443, True),
    ],
)
def test_the_example_of_the_documentation(source, destination, port, expected):
    assert allowed([EXAMPLE, MINE], source, destination, port) is expected


def _policy(**spec):
    metadata = {"name": "policy", "namespace": "default"}
    return {"kind": "NetworkPolicy", "metadata": metadata, "spec": {"podSelector": {}, **spec}}


A, B, OTHER = Pod("default", (("app", "a"),)), Pod("default", (("app", "b"),)), Pod("other")


@pytest.mark.parametrize(
    ("spec", "into", "out"),
    [
        ({"policyTypes": ["Ingress"]}, False, True),
        ({"policyTypes": ["Ingress"], "ingress": [{}]}, True, True),
        ({"policyTypes": ["Egress"]}, True, False),
        ({"policyTypes": ["Egress"], "egress": [{}]}, True, True),
        ({"policyTypes": ["Ingress", "Egress"]}, False, False),
        ({}, False, True),
        ({"egress": [{}]}, False, True),
        ({"egress": [{"to": [{"podSelector": {}}]}]}, False, False),
        ({"policyTypes": ["Egress"], "ingress": [{}]}, True, False),
        ({"policyTypes": ["Ingress"], "ingress": [{"from": []}]}, True, True),
        ({"policyTypes": ["Ingress"], "ingress": []}, False, True),
    ],
)
def test_the_default_policies_of_the_documentation(spec, into, out):
    assert allowed([_policy(**spec)], OTHER, A, 80) is into
    assert allowed([_policy(**spec)], A, OTHER, 80) is out


def test_without_a_policy_everybody_reaches_everybody():
    assert allowed([], OTHER, A, 80)
    assert allowed([], "192.0.2.1", A, 80)


def test_policies_add_up_and_both_ends_must_agree():
    deny = _policy(policyTypes=["Ingress", "Egress"])
    to_b = _policy(podSelector={"matchLabels": {"app": "b"}}, ingress=[{"ports": [{"port": 80}]}])
    from_a = _policy(
        podSelector={"matchLabels": {"app": "a"}},
        policyTypes=["Egress"],
        egress=[{"to": [{"podSelector": {"matchLabels": {"app": "b"}}}]}],
    )

    assert not allowed([deny, to_b], A, B, 80)
    assert not allowed([deny, from_a], A, B, 80)
    assert allowed([deny, to_b, from_a], A, B, 80)
    assert not allowed([deny, to_b, from_a], A, B, 81)
    assert not allowed([deny, to_b, from_a], B, A, 80)


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ({"namespaceSelector": {}}, True),
        ({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "a"}}}, False),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}, True),
        ({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "x"}}}, False),
        ({"podSelector": {}}, False),
        ({"ipBlock": {"cidr": "0.0.0.0/0"}}, False),
    ],
)
def test_a_pod_of_another_namespace_passes_only_a_selector_of_namespaces(peer, expected):
    policy = _policy(ingress=[{"from": [peer]}])

    assert allowed([policy], OTHER, A, 80) is expected


@pytest.mark.parametrize(
    ("entry", "port", "protocol", "expected"),
    [
        ({"port": 32000, "endPort": 32768}, 32500, "TCP", True),
        ({"port": 32000, "endPort": 32768}, 32769, "TCP", False),
        ({"port": "web"}, 8080, "TCP", True),
        ({"port": "ssh"}, 8080, "TCP", False),
        ({"port": 53, "protocol": "UDP"}, 53, "UDP", True),
        ({"port": 53, "protocol": "UDP"}, 53, "TCP", False),
        ({"port": 53}, 53, "UDP", False),
        ({"protocol": "TCP"}, 1, "TCP", True),
    ],
)
def test_ports_are_numbers_ranges_or_names_of_one_protocol(entry, port, protocol, expected):
    pod = Pod("default", ports=(("web", 8080),))
    policy = _policy(ingress=[{"ports": [entry]}])

    assert allowed([policy], OTHER, pod, port, protocol) is expected


@pytest.mark.parametrize(
    ("operator", "values", "labels", "expected"),
    [
        ("In", ["a", "b"], {"x": "a"}, True),
        ("In", ["a", "b"], {}, False),
        ("NotIn", ["a"], {"x": "a"}, False),
        ("NotIn", ["a"], {}, True),
        ("Exists", [], {"x": ""}, True),
        ("Exists", [], {}, False),
        ("DoesNotExist", [], {}, True),
        ("DoesNotExist", [], {"x": "a"}, False),
    ],
)
def test_expressions_of_label_selectors(operator, values, labels, expected):
    expression = {"key": "x", "operator": operator, "values": values}

    assert matches({"matchExpressions": [expression]}, labels) is expected


def test_an_unknown_operator_is_no_answer():
    with pytest.raises(ValueError, match="Like"):
        matches({"matchExpressions": [{"key": "x", "operator": "Like"}]}, {})
