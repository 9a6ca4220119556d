"""`petal create` and `petal delete` with the real CDK against a moto account."""

from __future__ import annotations

import json

import pytest

from petal_constructs.cli.cdk import NPX
from tests.aws import cloud as aws
from tests.aws.recorded import write_log


@pytest.fixture
def account(here):
    """A bootstrapped account, and the environment of a process that takes it for AWS."""
    process, cloud = aws.start(here / "events.jsonl")
    with process:
        done = cloud.cdk("bootstrap", f"aws://{aws.ACCOUNT}/{aws.REGION}", at=here)
        assert done.returncode == 0, done.stderr
        cloud.host_provider((aws.SERVER.parent / "provider.yaml").read_text())
        program = here / "cdk"
        program.write_text(
            f"""#!/bin/sh
test "$1" = deploy && set -- "$@" --method=direct --no-previous-parameters
exec {aws.NODE} {aws.CDK} "$@"
"""
        )
        program.chmod(0o755)
        yield cloud, {**cloud.environment, "PETAL_CDK": program}


def test_a_cluster_lives_from_create_to_delete(process, account):
    cloud, environment = account

    created = process("create", "small.yaml", "-y", "--format", "json", **environment)
    assert created.returncode == 0, created.stderr
    assert json.loads(created.stdout)["outputs"] == cloud.outputs("petal-small")
    assert json.loads(created.stdout)["outputs"]["SshCommand"].startswith("ssh ")

    compared = process("diff", "small.yaml", **environment)
    assert (compared.returncode, compared.stdout) == (0, "nothing changes\n"), compared.stderr

    assert "   0:00  petal-small: creating\n" in created.stderr
    assert "  petal-small: created\n" in created.stderr

    deleted = process("delete", "small.yaml", "-y", **environment)
    assert (deleted.returncode, deleted.stdout) == (0, "small is deleted from us-east-1\n"), (
        deleted.stderr
    )
    assert "   0:00  petal-small: deleting\n" in deleted.stderr
    assert "  petal-small: deleted\n" in deleted.stderr
    assert [event["RequestType"] for event in cloud.events] == ["Create", "Delete"]

    again = process("delete", "small.yaml", "-y", **environment)
    assert (again.returncode, again.stdout) == (3, "")
    assert f"no stack petal-small in us-east-1 of account {aws.ACCOUNT}" in again.stderr


def test_a_cluster_that_pcluster_made_is_not_touched(process, account):
    cloud, environment = account
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    cloud.client("cloudformation").create_stack(StackName="small", TemplateBody=template)

    refused = process("create", "small.yaml", "-y", **environment)

    assert (refused.returncode, refused.stdout) == (3, "")
    assert refused.stderr.endswith("hint: choose another cluster.name\n")
    assert cloud.events == []


def test_a_head_node_that_fails_is_told_with_its_log_and_the_words_of_the_cdk(process, account):
    cloud, environment = account
    logs = cloud.client("logs")
    group, stream = "/aws/parallelcluster/small-202611230902", "ip-10-0-0-10.i-0abc.cfn-init"
    write_log(logs, group, stream, "[ERROR] petal: step 30-storage: failed\n")
    cloud.log.with_suffix(".recording").write_text("head-node 500")

    failed = process("create", "small.yaml", "-y", **environment)

    assert (failed.returncode, failed.stdout) == (3, "")
    _, _, error = failed.stderr.partition("\nerror: ")
    first, where, line, empty, ended, *_, hint = error.splitlines()
    assert first.startswith("small, first boot of the head node HeadNodeWaitCondition, ")
    assert "UTC: WaitCondition received failed message: 'Failed to execute OnNodeConf" in first
    assert (where, line) == (f"log {group}, {stream}:", "  [ERROR] petal: step 30-storage: failed")
    assert (empty, ended) == ("", "cdk deploy failed with exit code 1")
    assert "  petal-small failed to deploy\n" in error
    assert hint.startswith("hint: a step of petal's set-up failed on the head node")


def test_an_account_without_bootstrap_gets_the_command_for_it(process, here):
    server, cloud = aws.start(here / "events.jsonl")
    with server:
        ended = process("create", "small.yaml", "-y", **cloud.environment, PETAL_CDK=_cdk(here))

    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.endswith(
        f"hint: once for each account and region: {NPX} bootstrap aws://ACCOUNT/us-east-1\n"
    )


def _cdk(folder):
    program = folder / "cdk"
    program.write_text(f'#!/bin/sh\nexec {aws.NODE} {aws.CDK} "$@"\n')
    program.chmod(0o755)
    return program
