"""A plan -> its cloud assembly. Starts Node."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from petal_constructs.app import new_app
from petal_constructs.errors import ToolError
from petal_constructs.node_js import node_binary
from petal_constructs.platforms import Plan, platform
from petal_constructs.record import KEY, as_metadata
from petal_constructs.seed.model import Seed

if TYPE_CHECKING:
    from aws_cdk import App

VALIDATION: Final = "CDK_VALIDATION"
"""Environment variable: the CDK's own check of templates, which takes four to five seconds."""

_CONTEXT_OF_THE_CDK = ("aws:cdk:enable-path-metadata", "aws:cdk:enable-asset-metadata")
"""What the CDK's command line switches on, so that both ways make the same template."""


def synthesise(
    plan: Plan,
    folder: Path,
    *,
    check_template: bool,
    destroy_data: bool = False,
    seed: Seed | None = None,
) -> str:
    """Write the cloud assembly of a plan.

    Args:
        plan: What to build.
        folder: Of the assembly; it is made.
        check_template: Whether the CDK checks the template, unless CDK_VALIDATION says.
        destroy_data: Whether data that the seed does not keep goes with the stack.
        seed: What the template says that it was made from. Default: it says nothing.

    Returns:
        The name of the stack.

    Raises:
        ToolError: The CDK found something that it cannot build, or Node is missing.
    """
    os.environ.setdefault(VALIDATION, "true" if check_template else "false")
    app = _app(folder)
    for switch in _CONTEXT_OF_THE_CDK:
        app.node.set_context(switch, value=True)
    if destroy_data:
        from petal_constructs.constructs.keep import DESTROY

        app.node.set_context(DESTROY, value=True)
    try:
        stack: Any = platform(plan.platform).make_stack(app, plan)
        if seed is not None:
            stack.add_metadata(KEY, as_metadata(seed))
        app.synth()
    except RuntimeError as error:  # how jsii hands on an error of the CDK
        cause, _, _ = str(error).partition(" A copy of this report")  # in a folder that goes away
        raise ToolError(f"the CDK cannot build {plan.name}: {cause}") from error
    return str(stack.stack_name)


def _app(folder: Path) -> App:
    node = os.environ.get("JSII_NODE") or node_binary() or "node"
    if shutil.which(node) is None:
        raise _no_node(f"{node}: no such program")
    try:
        return new_app(folder.absolute())  # Node may have been started elsewhere
    except (OSError, ValueError) as error:  # it ended, or spoke no JSON
        raise _no_node(f"{node} does not run as Node") from error


def _no_node(cause: str) -> ToolError:
    return ToolError(f"{cause}\nhint: petal doctor shows which Node is needed, and how to get it")
