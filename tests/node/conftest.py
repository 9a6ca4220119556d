"""Nodes to run the scripts on."""

from __future__ import annotations

import shutil
import tempfile
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


@pytest.fixture
def volume():
    folder = Path(tempfile.mkdtemp(dir="/dev/shm", prefix="petal-volume-"))
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def nodes(new_node, volume):
    """A head node and the node that builds."""
    return new_node("head", volume), new_node("compute", volume)


@pytest.fixture
def slow(nodes):
    """While it lasts, compiling does not end; it answers whether compiling has begun."""
    folder = nodes[0].path("/petal/software/slow")
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
