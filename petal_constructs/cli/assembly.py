"""A plan -> its cloud assembly. Starts Node."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from petal_constructs.app import new_app
from petal_constructs.errors import ToolError
from petal_constructs.platforms import Plan, platform

VALIDATION: Final = "CDK_VALIDATION"
"""Environment variable: the CDK's own check of templates, which takes four to five seconds."""

_CONTEXT_OF_THE_CDK = ("aws:cdk:enable-path-metadata", "aws:cdk:enable-asset-metadata")
"""What the CDK's command line switches on, so that both ways make the same template."""


def synthesise(plan: Plan, folder: Path, *, check_template: bool) -> str:
    """Write the cloud assembly of a plan.

    Args:
        plan: What to build.
        folder: Of the assembly; it is made.
        check_template: Whether the CDK checks the template, unless CDK_VALIDATION says.

    Returns:
        The name of the stack.

    Raises:
        ToolError: The CDK found something that it cannot build, or Node is missing.
    """
    os.environ.setdefault(VALIDATION, "true" if check_template else "false")
    try:
        app = new_app(folder)
        for switch in _CONTEXT_OF_THE_CDK:
            app.node.set_context(switch, value=True)
        stack: Any = platform(plan.platform).make_stack(app, plan)
        app.synth()
    except OSError as error:  # the pipe to Node, or Node itself
        raise ToolError(
            f"Node failed: {error}\nhint: petal doctor shows what is missing"
        ) from error
    except RuntimeError as error:  # how jsii hands on an error of the CDK
        raise ToolError(f"the CDK cannot build {plan.name}: {error}") from error
    return str(stack.stack_name)
