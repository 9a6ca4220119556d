from __future__ import annotations

import pytest

from petal_constructs.cli.main import run
from tests.oracles.conftest import parallelcluster

__all__ = ["parallelcluster"]


@pytest.fixture
def run_petal(capfd):
    """Run a command in this process: its exit code, standard output and standard error."""

    def call(*arguments):
        code = run([str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    return call
