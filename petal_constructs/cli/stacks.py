"""The little that petal asks CloudFormation itself. Needs the network and credentials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from petal_constructs.errors import ToolError

HOLDS_NOTHING: Final = (None, "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")
"""No stack, or one whose resources were never made or are gone again."""
NOT_CREATED: Final = ("CREATE_FAILED", "CREATE_IN_PROGRESS", "ROLLBACK")
"""How the status of a stack begins whose creation failed, or did not end yet."""
_PATIENCE_S = 10
"""Until a connection that does not come about is given up."""


def stack_status(stack: str, region: str) -> str | None:
    """How a stack is, in CloudFormation's word, e.g. `CREATE_COMPLETE`; None if there is none.

    Raises:
        ToolError: AWS cannot be reached, or does not answer these credentials.
    """
    found = _describe(stack, region)
    return str(found["StackStatus"]) if found else None


def refuse_another_kind(stack: str, region: str, template: Path) -> None:
    """Refuse to touch a stack of the template's name that another platform made.

    A cluster's stack is called the same on every platform, and its description tells them apart.

    Raises:
        ToolError: The stack there is described otherwise, or AWS does not answer.
    """
    found = (_describe(stack, region) or {}).get("Description")
    ours = json.loads(template.read_text("utf-8")).get("Description")
    if found and found != ours:
        raise ToolError(
            f"stack {stack} in {region} is another one ({found}), not this ({ours}): "
            "nothing was changed\n"
            "hint: name its platform with --platform, or choose another cluster.name"
        )


def _describe(stack: str, region: str) -> dict[str, Any] | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found = client("cloudformation", region).describe_stacks(StackName=stack)
    except (BotoCoreError, ClientError) as error:
        if "does not exist" in str(error):
            return None
        raise ToolError(
            f"AWS does not say whether stack {stack} exists in {region}: {error}\n"
            "hint: petal doctor checks credentials; they need cloudformation:DescribeStacks"
        ) from error
    described: dict[str, Any] = found["Stacks"][0]
    return described


def stack_template(stack: str, region: str) -> dict[str, Any]:
    """The template that a stack was last deployed with; empty if only CloudFormation can read it.

    Raises:
        ToolError: There is no such stack, or AWS does not answer.
    """
    import yaml
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        body = client("cloudformation", region).get_template(StackName=stack)["TemplateBody"]
    except (BotoCoreError, ClientError) as error:
        raise ToolError(
            f"AWS does not show the template of stack {stack} in {region}: {error}\n"
            "hint: petal doctor checks credentials; they need cloudformation:GetTemplate"
        ) from error
    # boto3 reads JSON; a small template may have been sent as YAML.
    try:
        template: dict[str, Any] = yaml.safe_load(body) if isinstance(body, str) else body
    except yaml.YAMLError:  # another program's, with tags such as !Ref
        return {}
    return template


def place(region: str) -> str:
    """`us-east-1 of account 123456789012`, as far as AWS tells."""
    number = account(region)
    return f"{region} of account {number}" if number else region


def account(region: str) -> str | None:
    """Number of the account that the credentials are for; None if AWS does not tell."""
    who = caller(region)
    return who.split(":")[4] if who else None


def caller(region: str) -> str | None:
    """ARN of who the credentials are for; None if AWS does not tell."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return str(client("sts", region).get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError):
        return None


def client(service: str, region: str) -> Any:
    """A boto3 client that asks again where AWS is asked too often."""
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=_PATIENCE_S, retries={"mode": "standard"})
    return boto3.client(service, region_name=region, config=patience)
