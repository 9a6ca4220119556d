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
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The seed as it is deployed.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The seed as it shall be.")],
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
    """Show what each change of a seed does to the cluster that runs. Offline.

    From harmless to impossible: live (jobs run on), drain (jobs end, then nodes are replaced),
    stop (only while no compute node runs), replace (something new and empty in place of the old,
    whose data stays), data-loss, refused.
    """
    from petal_constructs.changes import seed_changes
    from petal_constructs.cli.seeds import read_files

    seeds = [one_seed(seed, None, output_file) for seed in (old, new)]
    before, after = read_files([(seed, on) for seed in seeds], form)
    found = seed_changes(before, after)
    if form == "json":
        output.write(output.to_json(_for_programs(old, new, found)), output_file)
    elif found:
        output.write_tables((_table(found),), output_file)
    else:
        output.write("nothing changes", output_file)
    if fail_on and (grave := _at_least(fail_on, found)):
        count = output.counted(len(grave), "change")
        output.tell(f"error: {count} at --fail-on {fail_on} or beyond")
        raise typer.Exit(1)


def _at_least(consequence: str, found: Sequence[Change]) -> list[Change]:
    from petal_constructs.plan.changes import Consequence

    least = Consequence(consequence).severity
    return [change for change in found if change.consequence.severity >= least]


def _table(found: Sequence[Change]) -> Table:
    from petal_constructs.plan.tables import Table

    rows = (
        (change.field, _cell(change.old), _cell(change.new), change.consequence, change.why)
        for change in found
    )
    return Table("changes", ("in the seed", "was", "becomes", "does", "because"), tuple(rows))


def _cell(value: Any) -> str:
    text = _text(_plain(value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _text(plain: Any) -> str:
    if plain is None or plain == []:
        return ABSENT
    if isinstance(plain, dict):
        return ", ".join(f"{key}: {_text(value)}" for key, value in plain.items())
    if isinstance(plain, list):
        return f"[{', '.join(map(_text, plain))}]"
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def _plain(value: Any) -> Any:
    """What JSON can hold; of a section what was written."""
    from petal_constructs.seed.base import Section

    if isinstance(value, Section):
        return value.model_dump(mode="json", exclude_defaults=True)
    return list(value) if isinstance(value, tuple) else value


def _for_programs(old: Path, new: Path, found: Sequence[Change]) -> dict[str, Any]:
    severe = max(found, key=lambda change: change.consequence.severity, default=None)
    return {
        "old": str(old),
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
