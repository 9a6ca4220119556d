"""`petal extract-software`: from Dockerfiles, images and lists of modules to a seed's software."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import Format, OutputFile
from petal_constructs.errors import UsageError

if TYPE_CHECKING:
    from petal_constructs.extract import Extraction


def extract_software(
    sources: Annotated[
        list[Path],
        typer.Option(
            "--from",
            metavar="PATH",
            help="Folder or file to read: build contexts, Dockerfiles, spack.yaml, images as OCI "
            "folders or archives, lists of modules. May be given several times.",
        ),
    ],
    to: Annotated[
        Path, typer.Option("--to", metavar="FILE", help="Where the seed's section is written.")
    ],
    names: Annotated[
        Path | None,
        typer.Option(
            "--names",
            metavar="PATH",
            help="Spack's package names, one a line, or a checkout of spack-packages, which has "
            "versions too. Default: the names that petal knows.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    output_file: OutputFile = None,
    form: Format = "text",
) -> None:
    """Write the software section of a seed from what other lists of software say.

    Nothing is run or unpacked. The report says of each thing found what became of it: a package,
    not needed, or no Spack package, and why.
    """
    from petal_constructs.extract import extract
    from petal_constructs.extract.spack_packages import known_names, read

    if to.exists() and not force:
        raise UsageError(f"{to}: exists already\nhint: name another file, or add --force")
    found = extract(sources, read(names) if names else known_names())
    _refuse_nothing(found, sources)
    output.write(found.section(), to)
    output.tell(f"{to}: {output.counted(len(found.packages), 'package')}")
    if form == "json":
        output.write(output.to_json(found.to_json()), output_file)
    else:
        output.write_tables(found.tables(), output_file)


def _refuse_nothing(found: Extraction, sources: list[Path]) -> None:
    if not (found.packages or found.not_needed or found.no_package or found.notes):
        raise UsageError(
            f"{', '.join(map(str, sources))}: holds nothing that petal reads software from\n"
            "hint: petal extract-software --help names what it reads"
        )
