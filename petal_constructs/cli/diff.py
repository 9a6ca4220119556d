"""`petal diff`: what a changed seed does to the cluster that runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import Format, OutputFile, Platform, one_seed

if TYPE_CHECKING:
    from petal_constructs.changes import Change
    from petal_constructs.plan.tables import Table

ABSENT: Final = "-"
LONGEST: Final = 40
"""Letters of a value in the table; JSON has all of it."""


def diff(
    seed: Annotated[
        Path,
        typer.Argument(metavar="SEED", help="The seed as it shall be; before NEW, as it was."),
    ],
    new: Annotated[
        Path | None,
        typer.Argument(
            metavar="NEW",
            help="The seed as it shall be. Default: SEED, compared with what is deployed.",
            show_default=False,
        ),
    ] = None,
    on: Platform = None,
    fail_on: Annotated[
        Literal["drain", "replace", "data-loss"] | None,
        typer.Option(
            "--fail-on",
            help="End with exit code 1 if a change does this or worse. What is refused counts"
            " always.",
            show_default=False,
        ),
    ] = None,
    output_file: OutputFile = None,
    form: Format = "text",
) -> None:
    """Show what each change of a seed does to the cluster that runs.

    Given one seed it asks AWS what its cluster was deployed from; given two it works offline.

    From harmless to impossible: live (jobs run on), drain (jobs end, then nodes are replaced),
    stop (only while no compute node runs, or no login node), replace (something new and empty in
    place of the old, whose data stays), data-loss, refused.
    """
    files = [one_seed(file, None, output_file) for file in (seed, new) if file]
    old, found = _compared(files, on, form)
    if form == "json":
        output.write(output.to_json(_for_programs(old, files[-1], found)), output_file)
    elif found:
        output.write_tables((table(found),), output_file)
    else:
        output.write("nothing changes", output_file)
    if fail_on and (grave := _at_least(fail_on, found)):
        count = output.counted(len(grave), "change")
        output.tell(f"error: {count} at --fail-on {fail_on} or beyond")
        raise typer.Exit(1)


def _compared(files: list[Path], on: str | None, form: str) -> tuple[str, tuple[Change, ...]]:
    """What the new seed is compared with, and what changes."""
    from petal_constructs.changes import seed_changes
    from petal_constructs.cli.seeds import read_files

    *before, after = read_files([(file, on) for file in files], form)
    if before:
        return str(files[0]), seed_changes(before[0], after)
    from petal_constructs.cli.deployed import what_is_deployed

    cluster = what_is_deployed(after)
    return f"stack {cluster.stack}", cluster.changes_to(after)


def _at_least(consequence: str, found: Sequence[Change]) -> list[Change]:
    from petal_constructs.plan.changes import Consequence

    least = Consequence(consequence).severity
    return [change for change in found if change.consequence.severity >= least]


def table(found: Sequence[Change]) -> Table:
    """Changes for a person to read."""
    from petal_constructs.plan.tables import Table

    rows = (
        (change.field, cell(change.old), cell(change.new), change.consequence, change.why)
        for change in found
    )
    return Table("changes", ("in the seed", "was", "becomes", "does", "because"), tuple(rows))


def cell(value: Any) -> str:
    """A value for the table."""
    text = _text(_plain(value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _text(plain: Any) -> str:
    if plain is None or plain == []:
        return ABSENT
    if isinstance(plain, dict):
        return ", ".join(f"{key}: {_text(value)}" for key, value in plain.items())
    if isinstance(plain, list):
        return f"[{', '.join(map(_text, plain))}]"
    if isinstance(plain, float):
        return f"{plain:g}"
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def _plain(value: Any) -> Any:
    """What JSON can hold; of a section what was written."""
    from petal_constructs.seed.base import Section

    if isinstance(value, Section):
        return value.model_dump(mode="json", exclude_defaults=True)
    return list(map(_plain, value)) if isinstance(value, tuple) else value


def _for_programs(old: str, new: Path, found: Sequence[Change]) -> dict[str, Any]:
    severe = max(found, key=lambda change: change.consequence.severity, default=None)
    return {
        "old": old,
        "new": str(new),
        "worst": severe.consequence if severe else None,
        "changes": [
            {
                "field": change.field,
                "old": _plain(change.old),
                "new": _plain(change.new),
                "consequence": change.consequence,
                "why": change.why,
                "parts": list(change.parts),
            }
            for change in found
        ],
    }
