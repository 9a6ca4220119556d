"""`petal import modules`: a list of modules -> a seed's software."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from petal_constructs.cli import import_software
from petal_constructs.cli.import_software import Names
from petal_constructs.cli.options import Force, Format, OutputFile, may_write


def import_modules(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="What `module -t avail`, `module spider` or their like printed; `-`: standard "
            "input.",
        ),
    ],
    names: Names = None,
    versions: Annotated[
        Literal["all", "default"],
        typer.Option(help="All versions of a module, or where one is marked as default that one."),
    ] = "all",
    output_file: OutputFile = None,
    force: Force = False,
    form: Format = "text",
) -> None:
    """Make the software section of a seed from a list of modules, of Lmod or Environment Modules.

    The report says what became of each module, and why some have no package.
    """
    from petal_constructs.imports.modules import import_modules as imported

    may_write(output_file, force=force)
    text, name = import_software.read_text(file)
    known = import_software.known_packages(names)
    found = imported(text, name, known, defaults=versions == "default")
    hint = "give it what module -t avail printed: it prints to standard error (2>&1)"
    import_software.refuse_nothing(found, name, hint)
    section = found.section("petal import modules")
    import_software.put_out(found, section, found.to_json(), output_file, form)
