"""`python3 -I run.py PROGRAM [ARGUMENTS]`: starts one of the programs of its own folder.

The folder may have any name, as a mounted ConfigMap's true one has.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

PROGRAMS = {
    "petal-submit": "send",
    "sbatch": "send",
    "petal-queue": "view",
    "petal-token-service": "token_service",
    "petal-key": "key",
}


def _load_package(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location(
        "submit", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise SystemExit(f"petal: {folder} cannot be read")
    package = importlib.util.module_from_spec(spec)
    sys.modules["submit"] = package
    spec.loader.exec_module(package)


def main() -> int:
    """The program's exit code."""
    _load_package(Path(__file__).parent)
    program, *arguments = sys.argv[1:]
    module = importlib.import_module(f"submit.{PROGRAMS[program]}")
    return int(module.main(program, arguments))


if __name__ == "__main__":
    sys.exit(main())
