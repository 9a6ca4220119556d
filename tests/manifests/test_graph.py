from __future__ import annotations

import pytest

from tests.manifests import graph


def _template(**resources):
    return {"Resources": {name: {"Type": "T", **body} for name, body in resources.items()}}


CHAIN = _template(
    Network={},
    Cluster={"Properties": {"Subnet": {"Fn::GetAtt": ["Network", "Id"]}}},
    Karpenter={"DependsOn": "Cluster"},
    NodePool={"DependsOn": ["Karpenter"]},
    NodeSet={"Properties": {"Manifest": {"Fn::Join": ["", ["[", {"Ref": "NodePool"}, "]"]]}}},
    Alone={"Properties": {"Region": {"Ref": "AWS::Region"}}},
)


@pytest.mark.parametrize(
    ("later", "earlier", "expected"),
    [
        ("NodeSet", "NodePool", True),
        ("NodeSet", "Network", True),
        ("NodePool", "NodeSet", False),
        ("NodeSet", "NodeSet", False),
        ("NodeSet", "Alone", False),
    ],
)
def test_order_follows_depends_on_and_references_at_any_distance(later, earlier, expected):
    assert graph.depends_on(CHAIN, later, earlier) is expected


def test_a_resource_that_is_not_there_is_no_answer():
    with pytest.raises(KeyError):
        graph.depends_on(CHAIN, "Nothing", "Network")


@pytest.mark.parametrize(
    "reference",
    [
        {"Ref": "A"},
        {"Fn::GetAtt": ["A", "Arn"]},
        {"Fn::GetAtt": "A.Arn"},
        {"Fn::Sub": "arn:${A}"},
        {"Fn::Sub": "arn:${A.Arn}"},
        {"Fn::Sub": ["${X}", {"X": {"Ref": "A"}}]},
        {"Fn::Select": [0, [{"Fn::Split": [",", {"Ref": "A"}]}]]},
    ],
)
def test_every_spelling_of_a_reference_is_an_edge(reference):
    assert graph.needs(_template(A={}, B={"Properties": {"X": [reference]}}))["B"] == {"A"}


def test_pairs_that_nothing_orders_are_named():
    assert graph.out_of_order(CHAIN, ["Network", "Alone"], ["NodeSet"]) == [("Alone", "NodeSet")]


def test_a_ring_is_found():
    ring = _template(A={"DependsOn": "B"}, B={"DependsOn": "A"})

    assert set(graph.cycle(ring)) == {"A", "B"}
    assert graph.cycle(CHAIN) == []


def test_differences_tell_what_came_went_and_changed():
    after = _template(Network={"DependsOn": "New"}, Cluster={}, New={})

    came, went, changed = graph.differences(CHAIN, after)

    assert (came, changed) == ({"New"}, {"Cluster"})
    assert went == {"Karpenter", "NodePool", "NodeSet", "Alone"}
