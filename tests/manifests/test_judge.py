from __future__ import annotations

import json
import re

import helm_python
import pytest

from tests.manifests import judge
from tests.manifests.tokens import read_json, text_of

RESOURCES = {
    "Subnet": {"Type": "AWS::EC2::Subnet"},
    "Files": {"Type": "AWS::EFS::FileSystem"},
    "Role": {"Type": "AWS::IAM::Role"},
}
TEMPLATE = {
    "Resources": RESOURCES
    | {
        "Quiet": {"Type": judge.MANIFEST, "Properties": {"Manifest": '[{"kind":"Namespace"}]'}},
        "Loud": {
            "Type": judge.MANIFEST,
            "Properties": {
                "Manifest": {
                    "Fn::Join": [
                        "",
                        [
                            '[{"kind":"NodePool","said":"\\"in\\" ',
                            {"Ref": "Subnet"},
                            '","list":["',
                            {"Fn::Join": ['","', {"Fn::GetAtt": ["Subnet", "All"]}]},
                            '"],"number":',
                            {"Fn::GetAtt": ["Role", "Number"]},
                            "}]",
                        ],
                    ]
                }
            },
        },
        "Chart": {
            "Type": judge.CHART,
            "Properties": {"Chart": "karpenter", "Values": '{"replicas":2}'},
        },
        "Bare": {"Type": judge.CHART, "Properties": {"ChartAssetURL": {"Ref": "Files"}}},
    }
}


def test_manifests_are_read_whether_or_not_they_hold_tokens():
    found = judge.manifests(TEMPLATE)

    assert found["Quiet"] == [{"kind": "Namespace"}]
    (pool,) = found["Loud"]
    assert pool["said"].startswith('"in" subnet-')
    assert pool["list"] == ["stand-in"]
    assert pool["number"] == 1
    assert len(judge.objects(TEMPLATE)) == 2


def test_values_of_charts_are_read_and_may_be_missing():
    assert judge.helm_values(TEMPLATE) == {"Chart": {"replicas": 2}, "Bare": {}}


def test_manifests_and_releases_are_found_by_what_they_hold():
    assert judge.holding(TEMPLATE, "NodePool") == {"Loud"}
    assert judge.releases(TEMPLATE, "karpenter") == {"Chart"}


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ({"Ref": "AWS::Region"}, r"us-east-1"),
        ({"Ref": "Subnet"}, r"subnet-[0-9a-f]{17}"),
        ({"Ref": "Files"}, r"fs-[0-9a-f]{17}"),
        ({"Ref": "Role"}, r"role"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, r"arn:.*:Role"),
        ({"Fn::GetAtt": ["Cluster", "ClusterSecurityGroupId"]}, r"sg-[0-9a-f]{17}"),
        ({"Fn::Sub": "s3://${AWS::Region}-${Role}"}, r"s3://us-east-1-role"),
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Partition"}]]}, r"a-aws"),
        ({"Fn::Select": [1, {"Fn::Split": ["-", {"Ref": "AWS::Region"}]}]}, r"east"),
        ({"Fn::ImportValue": "x"}, r"stand-in"),
    ],
)
def test_a_stand_in_fits_the_type_of_its_resource(token, expected):
    assert re.fullmatch(expected, text_of(token, {"Resources": RESOURCES}))


def test_two_resources_have_two_stand_ins():
    template = {"Resources": {"A": RESOURCES["Subnet"], "B": RESOURCES["Subnet"]}}

    assert text_of({"Ref": "A"}, template) != text_of({"Ref": "B"}, template)


def test_text_that_is_no_json_is_an_error():
    with pytest.raises(json.JSONDecodeError):
        read_json("[{]", TEMPLATE)


CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
data: {greeting: {{ required "say what" .Values.greeting }}}
"""


@pytest.fixture
def chart(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/greeting.yaml").write_text(CONFIG_MAP)
    (tmp_path / "Chart.yaml").write_text("{apiVersion: v2, name: greeting, version: 0.1.0}")
    return tmp_path


def test_a_chart_is_rendered_as_helm_does(chart):
    (found,) = judge.rendered(chart, {"greeting": "hello"}, "petal", "hpc-jobs")

    assert judge.name_of(found) == "ConfigMap hpc-jobs/petal"
    assert found["data"] == {"greeting": "hello"}


def test_a_chart_that_helm_refuses_is_an_error(chart):
    with pytest.raises(helm_python.HelmError, match="say what"):
        judge.rendered(chart, {}, "petal", "hpc-jobs")


def test_a_template_without_kubernetes_holds_nothing():
    plain = {"Resources": RESOURCES}

    assert judge.manifests(plain) == judge.helm_values(plain) == {}
    assert judge.objects(plain) == []
    assert judge.holding(plain, "NodeSet") == judge.releases(plain, "karpenter") == set()
