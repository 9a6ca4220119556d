"""What the catalog costs at run time: medians of fresh processes, in milliseconds.

The modules are compiled beforehand, as an installed package is.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile

STANDARD_LIBRARY = "import dataclasses, functools, pathlib, re, tomllib"
CASES = {
    "import and one find": "instance_types.find('c5.4xlarge')",
    "import and the whole table": "[instance_types.find(n) for n in instance_types.names()]",
    "import and one price": "prices.on_demand('us-east-1', 'c5.4xlarge')",
    "import and three suggestions": "instance_types.similar('c5.4xlage')",
    "import and FACTS": "parallelcluster.FACTS",
    "import and DEFAULTS": "defaults.DEFAULTS",
}


def milliseconds(statement: str, bytecode: str) -> float:
    """Import one reader and run a statement in a process that has the standard library loaded."""
    module = statement.strip("[").partition(".")[0]
    program = f"""
{STANDARD_LIBRARY}
from time import perf_counter
start = perf_counter()
from petal_constructs.catalog import {module}
{statement}
print((perf_counter() - start) * 1000)
"""
    env = os.environ | {"PYTHONPYCACHEPREFIX": bytecode, "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    return float(run.stdout)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as bytecode:
        for name, statement in CASES.items():
            milliseconds(statement, bytecode)
            median = statistics.median(milliseconds(statement, bytecode) for _ in range(9))
            print(f"{name:30} {median:6.1f} ms")
