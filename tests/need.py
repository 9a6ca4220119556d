"""What a test needs from outside: it skips without, or fails if PETAL_REQUIRE_ORACLES=1."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
"""For programs that run as somebody else: the caller's PATH may lead through root's own folders."""


def missing(what: str, remedy: str) -> NoReturn:
    """Skip the test with the remedy; fail it where everything is required, as in CI."""
    message = f"{what} is missing: {remedy}"
    if os.environ.get("PETAL_REQUIRE_ORACLES") == "1":
        pytest.fail(message)
    pytest.skip(message)


def need_tool(name: str, remedy: str) -> str:
    """Full path of a program on PATH."""
    found = shutil.which(name)
    return found or missing(name, remedy)


def need_oracles(part: str) -> Path:
    """A folder or file below PETAL_ORACLES."""
    root = os.environ.get("PETAL_ORACLES")
    if not root:
        missing("PETAL_ORACLES", "set it to a folder that holds " + part)
    found = Path(root) / part
    return found if found.exists() else missing(str(found), "PETAL_ORACLES lacks it")
