"""`petal plan`: what will exist, before anything does."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any, Literal

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import OutputFile, Platform, Seed, SeedOption, one_seed


def plan(
    argument: Seed = None,
    seed: SeedOption = None,
    on: Platform = None,
    output_file: OutputFile = None,
    form: Annotated[
        Literal["text", "json", "yaml"],
        typer.Option("--format", help="Tables for people; JSON or YAML for programs."),
    ] = "text",
) -> None:
    """Show what a seed stands for: nodes, queues, software, users, data. Offline."""
    from petal_constructs.cli.seeds import plan_file
    from petal_constructs.platforms import platform

    planned = plan_file(one_seed(argument, seed, output_file), form, on)
    if form == "text":
        output.write_tables(platform(planned.platform).tables(planned), output_file)
    elif form == "json":
        output.write(plan_json(planned), output_file)
    else:
        output.write(_yaml(planned), output_file)


def plan_json(planned: Any) -> str:
    """Every field of a plan, in the order of its class."""
    return output.to_json(dataclasses.asdict(planned))


def _yaml(planned: Any) -> str:
    import yaml

    # The way through JSON leaves plain lists, where YAML would mark tuples as Python's.
    plain = json.loads(plan_json(planned))
    text: str = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True)
    return text.rstrip("\n")
