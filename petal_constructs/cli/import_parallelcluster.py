"""`petal import parallelcluster`: a cluster configuration of ParallelCluster -> a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import Force, Format, OutputFile, may_write
from petal_constructs.errors import Problem, SeedError

ConfigFile = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="The configuration, a YAML file.")
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name", help="Name of the cluster. Default: after the file.", show_default=False
    ),
]
VpcId = Annotated[
    str | None,
    typer.Option(
        "--vpc-id",
        metavar="ID",
        help="VPC of the file's subnets. Default: left for you to write.",
        show_default=False,
    ),
]


def import_parallelcluster(
    config: ConfigFile,
    name: Name = None,
    vpc_id: VpcId = None,
    output_file: OutputFile = None,
    force: Force = False,
    form: Format = "text",
) -> None:
    """Make a seed from a cluster configuration of AWS ParallelCluster 3, of any age.

    Comments at the top of the seed, and JSON, say what became of each value that the seed does not
    hold as it was. Where a person has to decide something first, it ends with exit code 1.
    """
    from petal_constructs.cli.seeds import report
    from petal_constructs.imports.parallelcluster import import_config
    from petal_constructs.seed import source

    may_write(output_file, force=force)
    read = source.read(config)
    if isinstance(read, Problem):
        raise SeedError((read,))
    found = import_config(read, name=name, vpc_id=vpc_id)
    said = report(config, found.problems)
    if form == "json":
        output.write(output.to_json(found.to_json() | said | {"seed": found.text}), output_file)
    else:
        output.write(found.text, output_file)
    if output_file:
        told = ", ".join(f"{count} {fate}" for fate, count in found.counts.items() if count)
        output.tell(f"{output_file}: {told or 'all kept'}")
    if found.errors:
        errors = output.counted(len(found.errors), "error")
        output.tell(f"{config}: the seed has {errors}; its comments tell what to decide")
        raise typer.Exit(1)
