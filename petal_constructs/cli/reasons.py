"""Reasons of CloudFormation's events: which came first, and what they say without the noise."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from petal_constructs.cli.stack_events import StackEvent

_LONGEST: Final = 600
"""Letters of a reason that are shown; a failed chart may quote all of its output."""
_FOLLOWS: Final = re.compile(r"^Resource (creation|update|deletion) cancelled", re.IGNORECASE)
_NOISE: Final = (
    r"^Received response status \[FAILED\] from custom resource\. Message returned: ",
    r"\s*\(RequestId: [\w-]+\)",
    r"\s*\(RequestToken: [^)]*\)",
    r"\s*\((?:Service: [^()]*(?:\([^()]*\)[^()]*)*)\)(?: \(SDK Attempt Count: \d+\))?",
    r"\s*Logs: /aws/lambda/[\w.-]+.*",
    r"\s+at (?:async )?(?:\w+\.)*\w+ \(.*",
    r"^Error: (?=b['\"])",
    r"\s*Please (?:check /var/log|refer to https:)\S*.*?(?:(?:CloudW|Parallel)\w+ logs|details)\.",
    r"arn:aws[\w-]*:cloudformation:[^/]*:stack/",
)
_QUOTED: Final = re.compile(r'^Resource handler returned message: "(.*)"$', re.DOTALL)
_BYTES: Final = re.compile(r"^b(['\"])(.*)\1$", re.DOTALL)
_VALIDATION: Final = re.compile(
    r'\{(?:"level": "ERROR"|"parameter": "([^"]*)")[^{}]*?"message": "((?:[^"\\]|\\.)*)"', re.DOTALL
)
"""An error that ParallelCluster's provider tells: of a configuration, or of a changed field."""


def first_failures(events: Sequence[StackEvent]) -> tuple[StackEvent, ...]:
    """What failed by itself, oldest first: not what was cancelled, nor what only holds it.

    Args:
        events: Of all stacks that take part, oldest first.
    """
    failed = [
        e for e in events if e.status.endswith("_FAILED") and not e.of_stack and not followed(e)
    ]
    ids = {event.stack_id for event in failed}
    names = {event.stack for event in failed}
    own = [
        event
        for event in failed
        if event.physical_id not in ids
        and not _tells_of_another(event, names)
        and not _deleted_later(event, events)
    ]
    return tuple(own) or tuple(e for e in events if e.of_stack and _stack_failed(e))


def followed(event: StackEvent) -> bool:
    """Whether it failed only because something else did."""
    return bool(_FOLLOWS.search(event.reason))


def sense(reason: str, longest: int = _LONGEST) -> str:
    """What a reason says, without ids of requests, paths in functions and other noise.

    Args:
        reason: Words of CloudFormation, or a line of a log.
        longest: Letters that are shown.
    """
    refused = [
        f"{field}: {_unquoted(text)}" if field else _unquoted(text)
        for field, text in _VALIDATION.findall(reason)
    ]
    if refused:
        return _cut("; ".join(refused), longest)
    text = reason.strip()
    for noise in _NOISE:
        text = re.sub(noise, "", text, flags=re.DOTALL).strip()
    text = _QUOTED.sub(r"\1", text)
    quoted = _BYTES.match(text)
    if quoted:
        text = quoted[2].replace("\\n", " ").replace("\\'", "'").replace('\\"', '"')
    return _cut(text or reason, longest)


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:  # CloudFormation may have cut it anywhere
        return text


def _cut(text: str, longest: int) -> str:
    """On one line; the end is kept, since the last words of a failure tell most."""
    line = " ".join(text.split())
    half = longest // 2
    return line if len(line) <= longest else f"{line[:half]} ... {line[-half:]}"


def _tells_of_another(event: StackEvent, stacks: set[str]) -> bool:
    """ParallelCluster's resource in our stack repeats what its own stack, or AWS, said."""
    said = sense(event.reason)
    others = stacks - {event.stack}
    return any(said.startswith((f"{stack}:", f"{stack} failed ")) for stack in others)


def _deleted_later(event: StackEvent, events: Sequence[StackEvent]) -> bool:
    """CloudFormation tries a deletion that failed again."""
    return event.status == "DELETE_FAILED" and any(
        (e.stack_id, e.resource, e.status) == (event.stack_id, event.resource, "DELETE_COMPLETE")
        and e.at > event.at
        for e in events
    )


def _stack_failed(event: StackEvent) -> bool:
    ends = ("_FAILED", "ROLLBACK_IN_PROGRESS")
    return event.status.endswith(ends) and bool(event.reason)
