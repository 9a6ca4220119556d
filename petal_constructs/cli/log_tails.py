"""The last words of nodes and functions whose failure a stack reports, from CloudWatch Logs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from petal_constructs.catalog.causes import known_causes
from petal_constructs.cli.reasons import sense
from petal_constructs.cli.stack_events import StackEvent
from petal_constructs.cli.stacks import client

_READ: Final = 200
"""Lines of a stream that are read, from its end."""
_SHOWN: Final = 8
"""Lines of a stream that are shown."""
_FUNCTION: Final = re.compile(r"/aws/lambda/[\w-]+")
_SILENT: Final = "Response object is too long"
"""What CloudFormation says in place of a long cause."""
_TROUBLE: Final = re.compile(
    r"error|fatal|fail|traceback|exception|denied|cannot|not found|timed out|unable", re.IGNORECASE
)


def log_tails(failures: Sequence[StackEvent], events: Sequence[StackEvent], region: str) -> str:
    """What the logs behind failures say last, as text; empty if they have none.

    A log that cannot be read says so in its place: it hides no failure.

    Args:
        failures: What failed by itself.
        events: All events, which tell where the logs are.
        region: AWS region.
    """
    logs = client("logs", region)
    nodes = (_node_tails(logs, e, events) for e in failures if e.kind.endswith("::WaitCondition"))
    groups = dict.fromkeys(group for e in failures for group in _functions(e, events))
    return "\n".join(filter(None, [*nodes, *(_function_tail(logs, group) for group in groups)]))


def _node_tails(logs: Any, failure: StackEvent, events: Sequence[StackEvent]) -> str:
    """Of the head node, whose streams bear its instance id."""
    made = [e for e in events if e.stack_id == failure.stack_id and e.physical_id]
    groups = dict.fromkeys(e.physical_id for e in made if e.kind == "AWS::Logs::LogGroup")
    heads = {e.physical_id for e in made if e.kind == "AWS::EC2::Instance"}
    names = known_causes().node_streams
    return "\n".join(
        text
        for group in groups
        if (text := _tails(logs, group, lambda stream: _rank(stream, heads, names)))
    )


def _rank(stream: str, heads: set[str], names: Sequence[str]) -> int | None:
    parts = stream.split(".")  # HOST.INSTANCE.NAME
    fits = parts[-1] in names and heads.intersection(parts)
    return names.index(parts[-1]) if fits else None


def _functions(failure: StackEvent, events: Sequence[StackEvent]) -> Iterable[str]:
    """Log groups of the functions behind a resource."""
    if _SILENT in failure.reason:  # then the CDK's kubectl function knows more
        return [
            f"/aws/lambda/{e.physical_id}"
            for e in events
            if e.kind == "AWS::Lambda::Function" and "KubectlProvider" in e.stack + e.resource
        ]
    return _FUNCTION.findall(failure.reason)


def _function_tail(logs: Any, group: str) -> str:
    return _tails(logs, group, lambda _: 0, newest=1)


def _tails(logs: Any, group: str, rank: Any, newest: int | None = None) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        streams = _streams(logs, group, rank)[:newest]
        lines = {stream: _lines(logs, group, stream) for stream in streams}
    except (BotoCoreError, ClientError) as error:
        return f"log group {group} cannot be read: {error}"
    telling = {stream: list(filter(_TROUBLE.search, said)) for stream, said in lines.items()}
    shown = telling if any(telling.values()) else dict(list(lines.items())[:1])
    return "\n".join(
        "\n".join([f"log {group}, {stream}:", *(f"  {line}" for line in said[-_SHOWN:])])
        for stream, said in shown.items()
        if said
    )


def _streams(logs: Any, group: str, rank: Any) -> list[str]:
    """Streams that have a rank, by it; of equal rank the newest first."""
    found = logs.get_paginator("describe_log_streams").paginate(logGroupName=group)
    streams = [stream for page in found for stream in page["logStreams"]]
    streams.sort(key=lambda stream: -stream.get("lastEventTimestamp", 0))
    names = [
        stream["logStreamName"] for stream in streams if rank(stream["logStreamName"]) is not None
    ]
    return sorted(names, key=rank)


def _lines(logs: Any, group: str, stream: str) -> list[str]:
    """The last lines of a stream, each once."""
    found = logs.get_log_events(
        logGroupName=group, logStreamName=stream, limit=_READ, startFromHead=False
    )
    return list(dict.fromkeys(sense(e["message"]) for e in found["events"] if e["message"].strip()))
