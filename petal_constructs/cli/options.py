"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from petal_constructs.errors import UsageError


def _standard_output(file: Path | None) -> Path | None:
    return None if file == _DASH else file


def _no_dash(folder: Path | None) -> Path | None:
    if folder == _DASH:
        raise UsageError("-o -: a folder is written, which standard output cannot hold")
    return folder


_DASH: Final = Path("-")
"""How command lines write standard output."""

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
        "-o",
        "--output",
        help="Write to this file. Default, and `-`: standard output.",
        show_default=False,
        callback=_standard_output,
    ),
]
Force = Annotated[bool, typer.Option("--force", help="Replace the file of -o if it exists.")]
OutputFolder = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        help="Write into this folder. Default: build/CLUSTER.",
        show_default=False,
        callback=_no_dash,
    ),
]
Platform = Annotated[
    str | None,
    typer.Option(
        "--platform",
        metavar="NAME",
        help="Build on this platform, whatever the seed says: parallelcluster or pcs.",
        show_default=False,
    ),
]
Form = Literal["text", "json"]
Format = Annotated[Form, typer.Option("--format", help="Text for people or JSON for programs.")]
DestroyData = Annotated[
    bool,
    typer.Option(
        "--destroy-data",
        help="Let file systems with `keep: false` go with the cluster when it is deleted.",
    ),
]
Yes = Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")]


def one_seed(argument: Path | None, option: Path | None, output: Path | None = None) -> Path:
    """The seed file that the user named, either way.

    Args:
        argument: The seed, named by position.
        option: The seed, named by `-t`.
        output: File that the command would write. Default: none.

    Raises:
        UsageError: It is named twice, or not at all, or would be overwritten.
    """
    if argument and option:
        raise UsageError(f"two seeds are given: {argument} and {option}\nhint: name one of them")
    seed = argument or option
    if seed is None:
        raise UsageError("no seed is given\nhint: name a YAML file, e.g. seeds/bio.yaml")
    if output and output.exists() and seed.exists() and output.samefile(seed):
        raise UsageError(f"{output}: this is the seed\nhint: name another file with -o")
    return seed


def may_write(output: Path | None, *, force: bool) -> None:
    """Keep a file that is there already.

    Raises:
        UsageError: It would be replaced, and nobody asked for that.
    """
    if output is not None and output.exists() and not force:
        raise UsageError(f"{output}: exists already\nhint: name another file, or add --force")
