"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from petal_constructs.errors import UsageError

Seed = Annotated[
    Path | None, typer.Argument(metavar="SEED", help="The seed, a YAML file.", show_default=False)
]
SeedOption = Annotated[
    Path | None,
    typer.Option("-t", "--seed", help="The seed, instead of the argument.", show_default=False),
]
OutputFile = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", help="Write to this file. Default: standard output.", show_default=False
    ),
]
OutputFolder = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        help="Write into this folder. Default: build/CLUSTER.",
        show_default=False,
    ),
]
Form = Literal["text", "json"]
Format = Annotated[Form, typer.Option("--format", help="Text for people or JSON for programs.")]
Yes = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")]


def one_seed(argument: Path | None, option: Path | None) -> Path:
    """The seed file that the user named, either way.

    Raises:
        UsageError: It is named twice, or not at all.
    """
    if argument and option:
        raise UsageError(f"two seeds are given: {argument} and {option}\nhint: name one of them")
    seed = argument or option
    if seed is None:
        raise UsageError("no seed is given\nhint: name a YAML file, e.g. seeds/bio.yaml")
    return seed
