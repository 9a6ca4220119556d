"""`petal import`: what a site has already -> a seed, or a section of one."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import typer

SOURCES: Final = ("parallelcluster", "spack", "modules")
"""Each is a function `import_<source>` in the module of that name."""

import_ = typer.Typer(
    help="Make a seed, or a section of one, from what a site has already. Nothing is run.",
    no_args_is_help=True,
)
for source in SOURCES:
    module = import_module(f"petal_constructs.cli.import_{source}")
    import_.command(source)(getattr(module, f"import_{source}"))
