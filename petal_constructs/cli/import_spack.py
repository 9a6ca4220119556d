"""`petal import spack`: an environment of Spack's -> a seed's software."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from petal_constructs.cli import import_software
from petal_constructs.cli.import_software import Names
from petal_constructs.cli.options import Force, Format, OutputFile, may_write


def import_spack(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="spack.yaml or spack.lock; `-`: standard input.")
    ],
    names: Names = None,
    output_file: OutputFile = None,
    force: Force = False,
    form: Format = "text",
) -> None:
    """Make the software section of a seed from an environment of Spack's, or its lock.

    The report says what became of each package and setting.
    """
    from petal_constructs.imports.spack import import_spack as imported

    may_write(output_file, force=force)
    text, name = import_software.read_text(file)
    found = imported(text, name, import_software.known_packages(names))
    hint = "give it a spack.yaml or spack.lock"
    import_software.refuse_nothing(found.extraction, name, hint)
    import_software.put_out(found.extraction, found.section(), found.to_json(), output_file, form)
