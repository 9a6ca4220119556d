"""`petal validate`: every problem of a seed, at once, in a blink."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import Format, OutputFile, Platform, Seed, SeedOption, one_seed
from petal_constructs.errors import Problem


def validate(
    argument: Seed = None,
    seed: SeedOption = None,
    platform: Platform = None,
    output_file: OutputFile = None,
    form: Format = "text",
) -> None:
    """Check a seed, offline and within a second.

    Every problem is shown where it stands, warnings too. Errors end it with exit code 1.
    """
    from petal_constructs.cli.seeds import report
    from petal_constructs.planning import inspect_seed

    seed_file = one_seed(argument, seed, output_file)
    loaded = inspect_seed(seed_file, platform=platform)
    if form == "json":
        text = output.to_json(report(seed_file, loaded.problems))
    else:
        text = _text(seed_file, loaded.problems)
    output.write(text, output_file)
    if loaded.errors:
        raise typer.Exit(1)


def _text(seed_file: Path, problems: Sequence[Problem]) -> str:
    shown = [output.problem_text(problem, sys.stdout) for problem in problems]
    return "\n\n".join([*shown, f"{seed_file}: {_verdict(problems)}"])


def _verdict(problems: Sequence[Problem]) -> str:
    errors = sum(problem.is_error for problem in problems)
    counts = (errors, "error"), (len(problems) - errors, "warning")
    return ", ".join(output.counted(n, what) for n, what in counts if n) or "fine"
