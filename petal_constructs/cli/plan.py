"""`petal plan`: what will exist, before anything does."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import OutputFile, Platform, Seed, SeedOption, one_seed

SEED_FILES: Final = (".yaml", ".yml")
"""How the names of seeds end; no platform's does."""


def plan(
    argument: Seed = None,
    seed: SeedOption = None,
    on: Platform = None,
    other: Annotated[
        str | None,
        typer.Option(
            "--compare",
            metavar="OTHER",
            help="Show what differs on another platform, or in another seed: its name or its file.",
            show_default=False,
        ),
    ] = None,
    output_file: OutputFile = None,
    form: Annotated[
        Literal["text", "json", "yaml"],
        typer.Option("--format", help="Tables for people; JSON or YAML for programs."),
    ] = "text",
) -> None:
    """Show what a seed stands for: nodes, queues, software, users, data. Offline."""
    from petal_constructs.cli.seeds import plan_file
    from petal_constructs.platforms import platform

    seed_file = one_seed(argument, seed, output_file)
    if other is not None:
        _compare(seed_file, on, other, output_file, form)
        return
    planned = plan_file(seed_file, form, on)
    if form == "text":
        output.write_tables(platform(planned.platform).tables(planned), output_file)
    else:
        output.write(_for_programs(planned, form), output_file)


def _compare(
    seed_file: Path, on: str | None, other: str, output_file: Path | None, form: str
) -> None:
    from petal_constructs.cli.seeds import plan_files
    from petal_constructs.plan.differences import Comparison, differences
    from petal_constructs.platforms import platform

    of_seeds = Path(other).suffix in SEED_FILES
    second = (one_seed(Path(other), None, output_file), on) if of_seeds else (seed_file, other)
    plans = plan_files([(seed_file, on), second], form)
    one, two = (str(seed_file), other) if of_seeds else (plan.platform for plan in plans)
    tables = [platform(plan.platform).tables(plan) for plan in plans]
    found = Comparison(one, two, differences(*tables))
    if form != "text":
        output.write(_for_programs(found, form), output_file)
    elif found.differences:
        output.write_tables((found.table,), output_file)
    else:
        output.write("nothing differs", output_file)


def plan_json(planned: Any) -> str:
    """Every field of a plan, in the order of its class."""
    return output.to_json(dataclasses.asdict(planned))


def _for_programs(found: Any, form: str) -> str:
    text = plan_json(found)
    if form == "json":
        return text
    import yaml

    # The way through JSON leaves plain lists, where YAML would mark tuples as Python's.
    plain: str = yaml.safe_dump(json.loads(text), sort_keys=False, allow_unicode=True)
    return plain.rstrip("\n")
