"""Builds in AWS CodeBuild as they are watched; a stand-in answers in the service's words."""

from __future__ import annotations

from importlib.resources import files
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from petal_constructs.cli.remote_build import _how_to_stop
from petal_constructs.containers.code_builds import STALE, RemoteBuild, follow
from petal_constructs.errors import ToolError

SCRIPT = files("petal_constructs").joinpath("templates/containers/registry/build-images.sh")
PLACE = {"groupName": "g", "streamName": "s", "deepLink": "https://example.org/log"}


def answer(status="IN_PROGRESS", phase="BUILD", why=""):
    phases = [
        {"phaseType": "PRE_BUILD", "phaseStatus": "SUCCEEDED"},
        {"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": [{"message": why}]},
    ]
    return {
        "id": "p:1",
        "buildStatus": status,
        "currentPhase": phase,
        "logs": PLACE,
        "phases": phases if status != "IN_PROGRESS" else phases[:1],
    }


def codebuild(*answers):
    """Answers one after the other; an error is raised."""
    left = list(answers)

    def batch_get_builds(ids):
        found = left.pop(0)
        if isinstance(found, Exception):
            raise found
        return {"builds": [found]}

    return SimpleNamespace(batch_get_builds=batch_get_builds)


def logs(*lines):
    """A stream that grows by a line with each look."""
    left = list(lines)

    def get_log_events(**asked):
        read = int(asked.get("nextToken", "0"))
        events = [{"message": left.pop(0) + "\n"}] if left else []
        return {"events": events, "nextForwardToken": str(read + len(events))}

    return SimpleNamespace(get_log_events=get_log_events)


def watch(aws, log):
    build, said = RemoteBuild("x86_64", "p:1"), []
    try:
        follow(aws, log, [build], said.append, "npx cdk deploy", pause_s=0)
    except ToolError as error:
        return said, str(error)
    return said, None


def test_phases_and_lines_are_told_as_they_come():
    aws = codebuild(answer(phase="PRE_BUILD"), answer(), answer("SUCCEEDED", "COMPLETED"))

    said, error = watch(aws, logs("Step 1"))

    assert error is None
    assert said == ["x86_64: Step 1", "x86_64: pre build", "x86_64: build", "x86_64: completed"]


def test_a_failure_tells_its_phase_its_last_lines_and_where_the_log_is():
    aws = codebuild(answer("FAILED", "COMPLETED", "exit status 1"))

    _, error = watch(aws, logs("Step 1", "not built: contexts/bio"))

    assert error == (
        "the build for x86_64 failed in phase build: exit status 1\n"
        "  Step 1\n"
        "  not built: contexts/bio\n"
        "hint: the whole log: https://example.org/log"
    )


def test_a_known_cause_is_the_hint():
    aws = codebuild(answer("FAILED", "COMPLETED", "exit status 1"))

    _, error = watch(aws, logs("user is not authorized to perform: ecr:PutImage on it"))

    assert "hint: the role that does it may not do ecr:PutImage" in error


def test_a_stack_that_is_out_of_date_is_to_be_deployed_again():
    aws = codebuild(answer("FAILED", "COMPLETED", "exit status 1"))

    _, error = watch(aws, logs(f"the registry's stack is of another seed: {STALE}"))

    assert error.endswith("\nhint: npx cdk deploy")
    assert STALE in SCRIPT.read_text()


def test_a_connection_that_is_lost_for_a_while_ends_nothing():
    lost = EndpointConnectionError(endpoint_url="https://codebuild")
    aws = codebuild(answer(), lost, lost, answer("SUCCEEDED", "COMPLETED"))

    assert watch(aws, logs())[1] is None


def test_a_log_that_cannot_be_read_hides_no_failure():
    def refused(**_):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetLogEvents")

    _, error = watch(codebuild(answer("TIMED_OUT")), SimpleNamespace(get_log_events=refused))

    assert error.startswith("the build for x86_64 timed out in phase build")


def test_who_interrupts_is_told_how_to_stop_what_goes_on(capsys):
    with (
        pytest.raises(KeyboardInterrupt),
        _how_to_stop([RemoteBuild("x86_64", "p:1")], "eu-west-1"),
    ):
        raise KeyboardInterrupt

    assert capsys.readouterr().err == (
        "x86_64: the build goes on in AWS; stop it: "
        "aws codebuild stop-build --region eu-west-1 --id p:1\n"
    )
