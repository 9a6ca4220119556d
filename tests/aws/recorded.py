"""Recorded events of stacks, and logs, put into a moto account as if they happened there.

A recording is a table (seconds, stack, resource, physical id, type, status, reason) in the words of
CloudFormation's `StackEvent`. `@NAME` in a physical id or a reason is the id of the stack NAME.
Nobody recorded them on AWS: they are written after its documentation, the templates and the code
of ParallelCluster's provider, and reports of users.
"""

from __future__ import annotations

import csv
import json
import re
import time
from datetime import timedelta
from pathlib import Path

from moto.cloudformation.models import Event, Stack, cloudformation_backends

ACCOUNT, REGION = "123456789012", "us-east-1"
RECORDINGS = Path(__file__).parents[1] / "data/stack_events"


def play(name, begin, seconds=(0, 3600)):
    """Let the events of a recording have happened; the stacks that they are of.

    Args:
        name: Of the recording.
        begin: When it began.
        seconds: The part of it, from and to before.
    """
    backend = cloudformation_backends[ACCOUNT][REGION]
    with (RECORDINGS / f"{name}.tsv").open(newline="") as table:
        rows = [
            (*row, "", "")[:7] for row in csv.reader(table, "excel-tab", quoting=csv.QUOTE_NONE)
        ]
    begun = [row[1] for row in rows[1:] if float(row[0]) < seconds[1]]
    stacks = {name: _stack(backend, name, _resources(rows, name)) for name in begun}
    for second, stack, resource, physical, kind, status, reason in rows[1:]:
        if not seconds[0] <= float(second) < seconds[1]:
            continue
        made = Event(
            stacks[stack].stack_id,
            stack,
            resource,
            _named(physical, stacks),
            kind,
            status,
            _named(reason, stacks) or None,
            None,
        )
        made.timestamp = begin + timedelta(seconds=float(second))
        stacks[stack].events.append(made)
        if resource == stack:
            stacks[stack].status = status
            if status == "DELETE_COMPLETE":
                backend.deleted_stacks[made.stack_id] = backend.stacks.pop(made.stack_id)
    return stacks


def write_log(logs, group, stream, text):
    """Lines of a log, just written.

    Args:
        logs: Client of CloudWatch Logs.
        group: Log group; it is made if it is missing.
        stream: Log stream, which is made.
        text: The lines.
    """
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(time.time() * 1000)
    lines = [{"timestamp": now, "message": line} for line in text.splitlines()]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=lines)


def _resources(rows, stack):
    return {row[2]: {"Type": "Custom::Nothing"} for row in rows if row[1] == stack != row[2]}


def _stack(backend, name, resources):
    for stack in (*backend.stacks.values(), *backend.deleted_stacks.values()):
        if stack.name == name:
            return stack
    arn = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/0f1e2d3c"
    backend.stacks[arn] = Stack(arn, name, "{Resources: {}}", {}, ACCOUNT, REGION)
    backend.stacks[arn].template = json.dumps({"Resources": resources})  # never made
    return backend.stacks[arn]


def _named(text, stacks):
    return re.sub(r"@([\w-]+)", lambda found: stacks[found[1]].stack_id, text)
