"""The little that petal asks CloudFormation itself. Needs the network and credentials."""

from __future__ import annotations

from typing import Any

from petal_constructs.errors import ToolError

_PATIENCE_S = 10
"""Until a connection that does not come about is given up."""


def stack_status(stack: str, region: str) -> str | None:
    """How a stack is, in CloudFormation's word, e.g. `CREATE_COMPLETE`; None if there is none.

    Raises:
        ToolError: AWS cannot be reached, or does not answer these credentials.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found = _client("cloudformation", region).describe_stacks(StackName=stack)
    except (BotoCoreError, ClientError) as error:
        if "does not exist" in str(error):
            return None
        raise ToolError(
            f"AWS does not say whether stack {stack} exists in {region}: {error}\n"
            "hint: petal doctor checks credentials; they need cloudformation:DescribeStacks"
        ) from error
    return str(found["Stacks"][0]["StackStatus"])


def account(region: str) -> str | None:
    """Number of the account that the credentials are for; None if AWS does not tell."""
    who = caller(region)
    return who.split(":")[4] if who else None


def caller(region: str) -> str | None:
    """ARN of who the credentials are for; None if AWS does not tell."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return str(_client("sts", region).get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return None


def _client(service: str, region: str) -> Any:
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=_PATIENCE_S)
    return boto3.client(service, region_name=region, config=patience)
