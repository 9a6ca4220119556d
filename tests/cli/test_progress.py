"""What `petal create` and `petal delete` tell while CloudFormation works, and when it fails."""

from __future__ import annotations

import json
import urllib.request

import boto3
import pytest

from tests.aws.recorded import RECORDINGS, write_log
from tests.cli.terminal import at_terminal

CFN_INIT = """\
2026-11-23 09:06:58,011 [INFO] Running config shellRunPostInstall
2026-11-23 09:07:01,410 [ERROR] Command runpostinstall output: petal: step 30-storage: failed
2026-11-23 09:07:01,411 [ERROR] Error encountered during build of shellRunPostInstall
"""
CHEF = "[2026-11-23T09:05:00+00:00] INFO: Chef run complete in 61.1 seconds\n"
NODES = "/aws/parallelcluster/small-202611230902"
KUBECTL = "/aws/lambda/petal-small-KubectlProvider-Handler886CB40B-x1"


@pytest.fixture
def logs(cloudformation):
    """CloudWatch Logs of the account."""
    return boto3.client("logs", region_name="us-east-1")


@pytest.fixture
def golden(request):
    """Compare a text with the file of a recording's name, or write it with --snapshot-update."""

    def same(name, text):
        file = RECORDINGS / f"{name}.txt"
        if request.config.getoption("update_snapshots"):
            file.write_text(text)
        assert text == file.read_text()

    return same


def test_a_head_node_that_fails_is_followed_into_its_stack_and_its_logs(
    while_recorded, logs, golden
):
    write_log(logs, NODES, "ip-10-0-0-10.i-0abc.cfn-init", CFN_INIT)
    write_log(logs, NODES, "ip-10-0-0-10.i-0abc.chef-client", CHEF)
    write_log(logs, NODES, "ip-10-0-0-10.i-0abc.slurmctld", "error: not asked for\n")
    write_log(logs, NODES, "ip-10-0-0-99.i-0fff.cfn-init", "error: of another node\n")

    code, out, err = while_recorded("head-node", "create", "small.yaml", "-y", seen=515)

    assert (code, out) == (3, "")
    golden("head-node", err)


@pytest.mark.parametrize("name", ["nested-provider", "quota", "refused-configuration"])
def test_the_first_cause_is_told_with_what_to_do(while_recorded, golden, name):
    code, out, err = while_recorded(name, "create", "small.yaml", "-y")

    assert (code, out) == (3, "")
    golden(name, err)


def test_an_update_that_is_refused_leaves_the_cluster_as_it_was(while_recorded, a_stack, golden):
    a_stack("petal-small")

    code, out, err = while_recorded("refused-update", "create", "small.yaml", "-y")

    assert (code, out) == (3, "")
    golden("refused-update", err[err.index("   0:00") :])


def test_a_chart_that_fails_is_told_in_its_own_words_and_those_of_its_function(
    while_recorded, logs, golden
):
    write_log(logs, KUBECTL, "2026/11/23/[$LATEST]1", "Error: UPGRADE FAILED: no such host\n")

    code, _, err = while_recorded("helm-chart", "create", "small.yaml", "-y")

    assert code == 3
    golden("helm-chart", err)


def test_a_deletion_ends_with_what_is_left_and_how_to_remove_it(while_recorded, a_stack, golden):
    a_stack("petal-small")

    code, out, err = while_recorded("deletion", "delete", "small.yaml", "-y", code=0, seen=65)

    assert (code, out) == (0, "small is deleted from us-east-1\n")
    golden("deletion", err)


def test_programs_get_the_ids_of_what_is_left(while_recorded, a_stack):
    a_stack("petal-small")

    _, out, _ = while_recorded(
        *("deletion", "delete", "small.yaml", "-y", "--format", "json"), code=0, seen=65
    )

    volume, logs = json.loads(out)["left"]
    assert volume == {
        "what": "volume Ebs0",
        "type": "AWS::EC2::Volume",
        "id": "vol-0aa",
        "remove": "aws ec2 delete-volume --volume-id vol-0aa --region us-east-1",
    }
    assert logs["id"] == NODES


def test_a_deletion_that_is_stuck_tells_what_holds_it(while_recorded, a_stack, golden):
    a_stack("petal-small")

    code, out, err = while_recorded("stuck-deletion", "delete", "small.yaml", "-y")

    assert (code, out) == (3, "")
    golden("stuck-deletion", err)


def test_what_the_cdk_says_of_resources_is_not_shown_beside_what_petal_says(
    here, fake_cdk, cloudformation
):
    lines = (
        "petal-small |   0 | 1:54:10 AM | CREATE_IN_PROGRESS | Topic",
        "petal-small: deploying",
    )
    fake_cdk.write_text("#!/bin/sh\n" + "".join(f"echo '{line}'\n" for line in lines))

    code, seen = at_terminal("create", "small.yaml", "-y", cwd=here, PETAL_CDK=str(fake_cdk))

    assert code == 0
    assert lines[0] not in seen
    assert lines[1] in seen


@pytest.fixture
def somebody(cloudformation, moto_server):
    """Keys of a user who may do all but some actions, with moto looking at rights."""

    def look(after):
        asked = urllib.request.Request(
            f"{moto_server}/moto-api/reset-auth", after.encode(), {"Content-Type": "text/plain"}
        )
        urllib.request.urlopen(asked).close()

    def keys(*forbidden):
        iam = boto3.client("iam", region_name="us-east-1")
        iam.create_user(UserName="ada")
        statements = [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": forbidden, "Resource": "*"},
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName="ada", PolicyName="some", PolicyDocument=policy)
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        look("0")
        return {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }

    yield keys
    look("inf")


def test_who_may_not_read_events_still_gets_the_cluster(process, fake_cdk, somebody):
    keys = somebody("cloudformation:DescribeStackEvents")

    ended = process("create", "small.yaml", "-y", PETAL_CDK=fake_cdk, **keys)

    assert (ended.returncode, ended.stdout[:27]) == (0, "small is ready in us-east-1")
    assert ended.stderr.startswith("progress cannot be shown in full: ")
    assert len(ended.stderr.splitlines()) == 1


def test_a_log_that_may_not_be_read_hides_no_failure(while_recorded, somebody, monkeypatch):
    for name, key in somebody("logs:DescribeLogStreams").items():
        monkeypatch.setenv(name, key)

    code, _, err = while_recorded("head-node", "create", "small.yaml", "-y", seen=515)

    assert code == 3
    assert "\nerror: small, first boot of the head node HeadNodeWaitCondition, 09:07:00 UTC" in err
    assert f"\nlog group {NODES} cannot be read: " in err
    assert "user/ada is not authorized to perform: logs:DescribeLogStreams" in err
