"""What `app.py` runs for the CDK's own command line: `cdk deploy -c seed=seeds/bio.yaml`.

`-c platform=pcs` builds the seed on another platform than the one it names; `-c stack=registry`
takes the stack of its container images in place of the cluster's.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Final

from petal_constructs.app import add_registry_stack, add_stack, new_app
from petal_constructs.errors import PetalError, Problem, UsageError
from petal_constructs.seed.suggest import one_of

_STACKS: Final = {"cluster": add_stack, "registry": add_registry_stack}
"""What `-c stack=` names -> what adds it to the app."""


def main() -> int:
    """Synthesise the stack of the seed in the CDK context; problems go to stderr.

    Returns:
        The exit code: 0, or that of the error.
    """
    gc.disable()  # a short-lived process: collecting takes a tenth of its time
    app = new_app()
    try:
        seed_file = _seed_file(app.node.try_get_context("seed"))
        add = _stack(app.node.try_get_context("stack"))
        warnings = add(app, seed_file, on=_platform(app.node.try_get_context("platform")))
    except PetalError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for warning in warnings:
        print(warning, end="\n\n", file=sys.stderr)
    app.synth()
    return 0


def _seed_file(context: object) -> str:
    if not isinstance(context, str) or not context:
        msg = "which seed? add -c seed=FILE, for example: cdk deploy -c seed=seeds/bio.yaml"
        raise UsageError(msg)
    return context


def _platform(context: object) -> str | None:
    return None if context is None else str(context)


def _stack(context: object) -> Callable[..., tuple[Problem, ...]]:
    name = "cluster" if context is None else str(context)
    if name not in _STACKS:
        raise UsageError(f"stack={name}: no such stack\nhint: {one_of(_STACKS)}")
    return _STACKS[name]
