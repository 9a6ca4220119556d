"""`petal convert`: a seed for another platform, and what it gains and loses by that."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import Force, Format, Seed, SeedOption, may_write, one_seed
from petal_constructs.errors import Problem, SeedError, UsageError

if TYPE_CHECKING:
    from petal_constructs.convert import Conversion, Wish
    from petal_constructs.seed.source import Source

Target = Literal["parallelcluster", "pcs", "hybrid"]
PREFIXES: Final = {"parallelcluster": "traditional", "pcs": "pcs", "hybrid": "hybrid"}
"""How the file of a converted seed begins where none is named."""
_BEGINNING: Final = re.compile(rf"({'|'.join({*PREFIXES, *PREFIXES.values()})})-(?=.)")
_MARK: Final = b"\xef\xbb\xbf"
"""What some editors write at the beginning of a file."""
_STANDARD_OUTPUT: Final = Path("-")

To = Annotated[Target, typer.Option("--to", help="Platform that the seed shall be for.")]
From = Annotated[
    Target | None,
    typer.Option(
        "--from", help="Platform that it is for. Default: as it says.", show_default=False
    ),
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="NAME",
        help="Name of the cluster. Default: one that it has on no other platform, so that both may "
        "run.",
        show_default=False,
    ),
]
Software = Annotated[
    Literal["keep", "containers", "packages"],
    typer.Option(help="Make spack_packages a container, or containers spack_packages."),
]
Spelling = Annotated[
    Literal["new", "old"], typer.Option(help="Today's keys, or the older type: and kubernetes:.")
]
ConvertedFile = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Write the seed here; `-` is standard output. Default: beside SEED, such as "
        "pcs-cluster.yaml for traditional-cluster.yaml or cluster.yaml.",
        show_default=False,
    ),
]


def convert(  # noqa: PLR0913, PLR0917  # options of a command
    to: To,
    argument: Seed = None,
    seed: SeedOption = None,
    source: From = None,
    name: Name = None,
    software: Software = "keep",
    spelling: Spelling = "new",
    output_file: ConvertedFile = None,
    force: Force = False,
    form: Format = "text",
) -> None:
    """Write a seed for another platform. Comments, order and all else stay as they are.

    The report says what changed, what the other platform leaves aside and what is lost; it also
    stands at the top of the new seed. If something must be decided first, the exit code is 1.
    """
    from petal_constructs.convert import Wish

    seed_file = one_seed(argument, seed)
    file = output_file or beside(seed_file, to)
    may_write(None if file == _STANDARD_OUTPUT else file, force=force)
    text, mark = _read(seed_file)
    found = _converted(text, Wish(to, software, spelling, name), form)
    if source is not None and source != found.report.source:
        raise UsageError(f"{seed_file}: this seed is for {found.report.source}, not for {source}")
    _write(mark + found.text.encode(), file)
    _tell(found, file, form)
    if found.report.undecided:
        count = output.counted(len(found.report.undecided), "thing")
        output.tell(f"{file}: {count} left to decide")
        raise typer.Exit(1)


def _converted(text: Source, wish: Wish, form: str) -> Conversion:
    from petal_constructs.cli.seeds import report
    from petal_constructs.convert import convert as converted
    from petal_constructs.planning import inspect_text

    file = Path(text.file)
    try:
        return converted(text, wish, lambda seed, on: inspect_text(seed, file.parent, on=on))
    except SeedError as error:
        if form != "json":
            raise
        output.write(output.to_json(report(file, error.problems)))
        raise typer.Exit(1) from None


def beside(seed_file: Path, to: Target) -> Path:
    """The file of a converted seed: `traditional-lab.yaml` becomes `pcs-lab.yaml`."""
    rest = _BEGINNING.sub("", seed_file.name, count=1)
    return seed_file.with_name(f"{PREFIXES[to]}-{rest}")


def _read(file: Path) -> tuple[Source, bytes]:
    """The text, and the mark that may stand before it."""
    from petal_constructs.seed import source

    text = source.read(file)
    if isinstance(text, Problem):
        raise SeedError((text,))
    with file.open("rb") as opened:
        start = opened.read(len(_MARK))
    return text, start if start == _MARK else b""


def _write(data: bytes, file: Path) -> None:
    """As they are: line ends stay those of the seed."""
    if file == _STANDARD_OUTPUT:
        sys.stdout.buffer.write(data)
        return
    try:
        file.write_bytes(data)
    except OSError as error:
        raise output.cannot_write(file, error) from None


def _tell(found: Conversion, file: Path, form: str) -> None:
    """The report: on standard output, or beside it where that holds the seed."""
    report = found.report
    if form == "json":
        text = output.to_json(report.to_json(str(file)))
    else:
        text = output.plain_tables(report.tables())
    if file == _STANDARD_OUTPUT:
        output.tell(text)
        return
    if form == "json":
        output.write(text)
    else:
        output.write_tables(report.tables())
        output.tell(f"{file}: written")
