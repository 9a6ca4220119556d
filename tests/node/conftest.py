"""Nodes to run the scripts on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.need import missing
from tests.node.root import Node, need_root


@pytest.fixture
def new_node() -> Iterator[Callable[..., Node]]:
    """Make nodes by role; all are gone after the test."""
    need_root()
    nodes: list[Node] = []

    def make(role: str, shared: Path | None = None) -> Node:
        nodes.append(Node(role, shared))
        entered = nodes[-1].run("true")
        if entered.returncode:
            missing("a throw-away root", f"overlayfs must be allowed here: {entered.stderr}")
        return nodes[-1]

    yield make
    for node in nodes:
        node.discard()


@pytest.fixture
def head(new_node):
    return new_node("head")


@pytest.fixture
def compute(new_node):
    return new_node("compute")
