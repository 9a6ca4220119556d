"""What the imports of software share: options, reading, and the report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from petal_constructs.cli import output
from petal_constructs.errors import UsageError

if TYPE_CHECKING:
    from petal_constructs.extract import Extraction
    from petal_constructs.extract.spack_packages import SpackPackages

Names = Annotated[
    Path | None,
    typer.Option(
        "--names",
        metavar="PATH",
        help="Spack's package names, one a line, or a checkout of spack-packages, which has "
        "versions too. Default: names are not checked.",
        show_default=False,
    ),
]
STANDARD_INPUT: Final = Path("-")
LARGEST: Final = 20_000_000
"""Bytes of a lock or a list."""


def read_text(file: Path) -> tuple[str, str]:
    """The text of a file, or of standard input for `-`, and what the report calls it.

    Raises:
        UsageError: It cannot be read, or is too large.
    """
    try:
        if file == STANDARD_INPUT:
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{file}: {(error.strerror or str(error)).lower()}") from None
    if len(data) > LARGEST:
        raise UsageError(f"{file}: larger than {LARGEST:,} bytes")
    name = "standard input" if file == STANDARD_INPUT else str(file)
    return data.decode("utf-8-sig", "replace"), name


def known_packages(names: Path | None) -> SpackPackages | None:
    """Spack's packages, where a list of them is given."""
    from petal_constructs.extract.spack_packages import read

    return read(names) if names else None


def put_out(
    found: Extraction, section: str, report: dict[str, Any], file: Path | None, form: str
) -> None:
    """The section, and beside it the report; JSON holds both."""
    if form == "json":
        output.write(output.to_json(report | {"section": section}), file)
        return
    output.write(section, file)
    if file is None:
        output.tell(output.plain_tables(found.tables()))
    else:
        output.write_tables(found.tables())


def refuse_nothing(found: Extraction, name: str, hint: str) -> None:
    """A file that holds no software is the wrong one.

    Raises:
        UsageError: There is nothing in it.
    """
    if not (found.packages or found.not_needed or found.no_package):
        said = found.notes[0].text if found.notes else "holds no software"
        raise UsageError(f"{name}: {said}\nhint: {hint}")
