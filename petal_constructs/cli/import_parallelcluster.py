"""`petal import parallelcluster`: a cluster configuration of ParallelCluster -> a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from petal_constructs.cli.options import Force, Format, OutputFile
from petal_constructs.errors import UsageError

ConfigFile = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="The configuration, a YAML file.")
]


def import_parallelcluster(
    config: ConfigFile,
    output_file: OutputFile = None,
    force: Force = False,
    form: Format = "text",
) -> None:
    """Make a seed from a cluster configuration of AWS ParallelCluster 3."""
    raise UsageError(f"{config}: not yet")
