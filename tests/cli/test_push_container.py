"""`petal push-container`: what it asks before it pushes; tests/containers has the pushes."""

from __future__ import annotations

import json

import pytest
from moto.cloudformation.models import cloudformation_backends as backends

from petal_constructs.planning import load_seed
from petal_constructs.record import KEY, as_metadata
from tests.containers.registry import SEED


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name one seed or cluster"),
        (("seed.yaml", "-t", "seed.yaml"), "name one seed or cluster"),
        (("none.yaml",), "none.yaml: no such file"),
        (("seed.yaml", "--password-stdin"), "--password-stdin: whose is it?"),
        (("seed.yaml", "--username", "ada"), "--username ada: there is no password"),
        (("seed.yaml", "--name", "bo"), "--name bo: petal builds no image of this name\nhint: did"),
        (("bare.yaml",), "Genomics: petal builds no image"),
        (("genomics",), "genomics: there is no such file, and no region"),
    ],
)
def test_wrong_usage_is_told(petal, here, monkeypatch, arguments, said):
    (here / "seed.yaml").write_text(SEED)
    (here / "bare.yaml").write_text(SEED.partition("software:")[0])
    monkeypatch.delenv("PETAL_REGISTRY_PASSWORD", raising=False)

    code, out, err = petal("push-container", *arguments)

    assert (code, out) == (2, "")
    assert said in err


def test_a_cluster_tells_which_seed_it_was_deployed_from(
    petal,
    here,
    cloudformation,
    monkeypatch,
):
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    (here / "seed.yaml").write_text(SEED)
    record = as_metadata(load_seed(here / "seed.yaml", environment={}))
    topic = {"Topic": {"Type": "AWS::SNS::Topic"}}
    template = json.dumps({"Metadata": {KEY: record}, "Resources": topic})
    cloudformation.create_stack(StackName="petal-Genomics", TemplateBody=template)
    (made,) = backends["123456789012"]["us-east-1"].stacks.values()
    made.status = "CREATE_COMPLETE"

    for name in ("Genomics", "petal-Genomics"):
        code, _, err = petal("push-container", name, "--name", "bo")
        assert (code, "did you mean bio?" in err) == (2, True), err
    code, _, err = petal("push-container", "Physics")
    assert (code, "no stack petal-Physics in us-east-1" in err) == (2, True), err
