"""`petal diff SEED` asks CloudFormation which seed the cluster was deployed from."""

from __future__ import annotations

import json

import pytest
from moto.cloudformation.models import cloudformation_backends as backends

from petal_constructs.planning import load_seed
from petal_constructs.record import KEY, as_metadata
from tests.cli.conftest import SMALL
from tests.cli.terminal import at_terminal


@pytest.fixture
def deployed(cloudformation):
    """Make the stack of the small seed, which says what it was made from."""

    def make(status="CREATE_COMPLETE", **said):
        record = as_metadata(load_seed(SMALL, environment={})) | said
        topic = {"Topic": {"Type": "AWS::SNS::Topic"}}
        template = {"Metadata": {KEY: record}, "Resources": topic}
        cloudformation.create_stack(StackName="petal-small", TemplateBody=json.dumps(template))
        (made,) = backends["123456789012"]["us-east-1"].stacks.values()
        made.status = status

    return make


@pytest.fixture
def grown(here):
    text = (here / "small.yaml").read_text()
    (here / "small.yaml").write_text(text.replace("max_count: 4", "max_count: 6"))


def test_one_seed_is_compared_with_what_is_deployed(petal, deployed, grown):
    deployed()

    code, out, err = petal("diff", "small.yaml")

    assert (code, err) == (0, "")
    assert out.splitlines()[2:] == [
        "  compute.queues[compute].max_count  4    6        live  accepted while jobs run"
    ]


def test_programs_learn_what_it_was_compared_with(petal, deployed, grown):
    deployed()

    _, out, _ = petal("diff", "small.yaml", "--format", "json")

    said = json.loads(out)
    assert (said["old"], said["new"], said["worst"]) == ("stack petal-small", "small.yaml", "live")


def test_the_seed_that_is_deployed_changes_nothing(petal, deployed):
    deployed()

    assert petal("diff", "small.yaml", "--fail-on", "drain") == (0, "nothing changes\n", "")


def test_another_platform_is_told_as_one(petal, deployed):
    deployed()

    _, out, _ = petal("diff", "small.yaml", "--platform", "pcs")

    assert "makes another cluster and deletes this one" in out


def test_a_stack_that_is_not_at_rest_is_pointed_out(petal, deployed):
    deployed("UPDATE_ROLLBACK_FAILED")

    code, out, err = petal("diff", "small.yaml")

    assert (code, out) == (0, "nothing changes\n")
    assert err.startswith("stack petal-small is UPDATE_ROLLBACK_FAILED: what runs may not be what")


def test_a_template_that_only_cloudformation_can_read_names_no_seed(petal, cloudformation):
    text = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\nOutputs:\n  Arn: {Value: !Ref Topic}\n"
    cloudformation.create_stack(StackName="petal-small", TemplateBody=text)

    code, out, err = petal("diff", "small.yaml")

    assert (code, out) == (3, "")
    assert err.startswith("error: stack petal-small does not say which seed it was made from")


def test_a_cluster_that_is_not_there_is_an_error(petal, cloudformation):
    code, out, err = petal("diff", "small.yaml")

    assert (code, out) == (3, "")
    assert err == (
        "error: there is no stack petal-small in us-east-1 of account 123456789012: "
        "nothing to compare with\n"
        "hint: check AWS_PROFILE, cluster.region and cluster.name; or petal diff OLD NEW\n"
    )


def test_a_creation_that_was_rolled_back_left_nothing(petal, deployed):
    deployed("ROLLBACK_COMPLETE")

    assert "nothing to compare with" in petal("diff", "small.yaml")[2]


def test_a_stack_that_does_not_say_its_seed_is_an_error(petal, a_stack):
    a_stack("petal-small")

    code, out, err = petal("diff", "small.yaml")

    assert (code, out) == (3, "")
    assert err == (
        "error: stack petal-small does not say which seed it was made from: an older petal made "
        "it, or another program\nhint: petal diff OLD NEW compares two seeds\n"
    )


def test_a_seed_that_this_version_does_not_build_is_an_error(petal, deployed):
    deployed(version="9.0", seed='{"cluster": {"name": "small", "moon": "full"}}')

    code, out, err = petal("diff", "small.yaml")

    assert (code, out) == (3, "")
    assert err.startswith("error: stack petal-small was made by petal 9.0 from a seed that 0.")


def test_without_aws_it_says_what_it_asked_for(petal, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    code, out, err = petal("diff", "small.yaml")

    assert (code, out) == (3, "")
    assert "AWS does not say whether stack petal-small exists in us-east-1" in err


def test_who_updates_a_cluster_sees_what_changes_before_the_question(
    here, deployed, grown, fake_cdk
):
    deployed()

    code, seen = at_terminal(
        *("create", "small.yaml"), cwd=here, when="[y/N]", types="n\n", PETAL_CDK=str(fake_cdk)
    )

    plan, question = seen.split("\nchanges\n")
    assert code == 1
    assert "queues\n" in plan
    assert "compute.queues[compute].max_count  4    6        live  accepted while" in question
    assert "update small in us-east-1, which costs money? [y/N]" in question


def test_who_is_not_asked_is_told_too(petal, deployed, grown, fake_cdk, monkeypatch):
    deployed()
    monkeypatch.setenv("PETAL_CDK", str(fake_cdk))

    code, _, err = petal("create", "small.yaml", "-y")

    assert code == 0
    assert "compute.queues[compute].max_count" in err


def test_a_stack_that_does_not_say_its_seed_can_be_updated(petal, a_stack, fake_cdk, monkeypatch):
    a_stack("petal-small")
    monkeypatch.setenv("PETAL_CDK", str(fake_cdk))

    code, _, err = petal("create", "small.yaml", "-y")

    assert code == 0
    assert err.startswith("what changes in the cluster cannot be told: stack petal-small does not")
