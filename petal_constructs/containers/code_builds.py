"""Builds in AWS CodeBuild: started, watched, and explained where they fail.

Words: AWS CodeBuild API reference, StartBuild, BatchGetBuilds and BuildPhase, read 2026-11-23.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from petal_constructs.catalog.causes import hint_for
from petal_constructs.errors import ToolError

STALE: Final = "deploy it again"
"""What build-images.sh says where the stack is of another seed than the user's."""
_RUNS: Final = "IN_PROGRESS"
_GOOD: Final = "SUCCEEDED"
_PAUSE_S: Final = 10.0
_SILENCES: Final = 60
"""So many times in a row AWS may be out of reach: ten minutes; builds go on meanwhile."""
_SHOWN: Final = 12
"""Last lines of a log that a failure shows."""


@dataclass(slots=True)
class RemoteBuild:
    """A build that was started, as far as it was seen."""

    machine: str
    """What it builds for, as `uname -m` says it."""
    identity: str
    """Project and number, as CodeBuild calls it."""
    phase: str = ""
    status: str = _RUNS
    why: str = ""
    """What CodeBuild says of the phase that failed."""
    log: str = ""
    """Address of the whole log, for a browser."""
    token: str | None = None
    """How far the log was read."""
    last: deque[str] = field(default_factory=lambda: deque(maxlen=_SHOWN))


def start(
    codebuild: Any, projects: Mapping[str, str], variables: Mapping[str, str]
) -> Iterator[RemoteBuild]:
    """Start a build of each project, one as each is asked for.

    Args:
        codebuild: A boto3 client.
        projects: Machine -> name of its project.
        variables: What the builds find in their environment.
    """
    override = [{"name": k, "value": v, "type": "PLAINTEXT"} for k, v in variables.items()]
    for machine, project in projects.items():
        started = codebuild.start_build(projectName=project, environmentVariablesOverride=override)
        yield RemoteBuild(machine, started["build"]["id"])


def missing(codebuild: Any, projects: Mapping[str, str]) -> list[str]:
    """Those projects that do not exist."""
    names = list(projects.values())
    found = codebuild.batch_get_projects(names=names)["projects"]
    there = {project["name"] for project in found}
    return [name for name in names if name not in there]


def follow(
    codebuild: Any,
    logs: Any,
    builds: Sequence[RemoteBuild],
    say: Callable[[str], None],
    redeploy: str,
    pause_s: float = _PAUSE_S,
) -> None:
    """Watch builds until all have ended.

    Args:
        codebuild: A boto3 client.
        logs: A boto3 client of CloudWatch Logs.
        builds: What was started; brought up to date.
        say: Told phases, and each line of the logs.
        redeploy: Command that brings the stack up to date, for builds that find it is not.
        pause_s: Seconds between two looks.

    Raises:
        ToolError: One failed, after all have ended.
    """
    from botocore.exceptions import BotoCoreError

    silences = 0
    while runs := [build for build in builds if build.status == _RUNS]:
        try:
            _look(codebuild, logs, runs, say)
            silences = 0
        except BotoCoreError:  # no answer; a refusal is another error
            silences += 1
            if silences > _SILENCES:
                raise
        if any(build.status == _RUNS for build in builds):
            time.sleep(pause_s)
    if failed := [build for build in builds if build.status != _GOOD]:
        raise ToolError("\n".join(_failure(failed, redeploy)))


def _look(
    codebuild: Any, logs: Any, builds: Sequence[RemoteBuild], say: Callable[[str], None]
) -> None:
    told = codebuild.batch_get_builds(ids=[build.identity for build in builds])["builds"]
    found = {each["id"]: each for each in told}
    for build in builds:
        said = found.get(build.identity, {})
        _read(logs, build, said.get("logs", {}), say)
        phase = said.get("currentPhase", build.phase)
        if phase != build.phase:
            say(f"{build.machine}: {phase.lower().replace('_', ' ')}")
        build.phase = phase
        build.status = said.get("buildStatus", build.status)
        if build.status not in {_RUNS, _GOOD}:
            _take_failure(build, said.get("phases", ()))


def _read(
    logs: Any, build: RemoteBuild, place: Mapping[str, str], say: Callable[[str], None]
) -> None:
    build.log = place.get("deepLink", build.log)
    if "groupName" not in place or "streamName" not in place:
        return
    for line in _lines(logs, build, place):
        build.last.append(line)
        say(f"{build.machine}: {line}")


def _lines(logs: Any, build: RemoteBuild, place: Mapping[str, str]) -> Iterator[str]:
    from botocore.exceptions import ClientError

    while True:
        where = {"logGroupName": place["groupName"], "logStreamName": place["streamName"]}
        after = {"nextToken": build.token} if build.token else {}
        try:
            page = logs.get_log_events(**where, **after, startFromHead=True)
        except ClientError:  # not there yet, or not to be read by these credentials
            return
        yield from (e["message"].rstrip() for e in page["events"] if e["message"].strip())
        if page["nextForwardToken"] == build.token:
            return
        build.token = page["nextForwardToken"]


def _take_failure(build: RemoteBuild, phases: Sequence[Mapping[str, Any]]) -> None:
    for phase in phases:
        if phase.get("phaseStatus", _GOOD) != _GOOD:
            contexts = phase.get("contexts") or [{}]
            build.phase = phase["phaseType"]
            build.why = str(contexts[0].get("message", "")).strip()
            return


def _failure(builds: Sequence[RemoteBuild], redeploy: str) -> Iterator[str]:
    for build in builds:
        ended = build.status.lower().replace("_", " ")
        phase = build.phase.lower().replace("_", " ")
        yield f"the build for {build.machine} {_ENDED.get(ended, ended)} in phase {phase}" + (
            f": {build.why}" if build.why else ""
        )
        yield from (f"  {line}" for line in build.last)
    said = "\n".join(line for build in builds for line in (build.why, *build.last))
    whole = builds[0].log and f"the whole log: {builds[0].log}"
    if hint := redeploy if STALE in said else hint_for(said) or whole:
        yield f"hint: {hint}"


_ENDED: Final = {"fault": "met a fault of AWS", "stopped": "was stopped"}
