from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.need import missing, need_tool
from tests.submit.machine import Machine, people


@pytest.fixture(scope="session")
def machine():
    if os.geteuid() != 0:
        missing("root", "the daemons of Slurm run as several users")
    need_tool("useradd", "apt-get install passwd")
    with people("petal-ann", "petal-bob") as users:
        # pytest's own folders are closed to other users.
        folder = Path(tempfile.mkdtemp(prefix="petal-submit-"))
        folder.chmod(0o755)
        found = Machine(folder, users)
        try:
            found.start()
            yield found
        finally:
            found.stop()
            shutil.rmtree(folder)
