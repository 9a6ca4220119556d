"""A seed file that a command was given -> its problems, or its plan."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from petal_constructs.cli import output
from petal_constructs.errors import Problem
from petal_constructs.planning import inspect_seed, plan_checked
from petal_constructs.platforms import Plan
from petal_constructs.seed.load import Loaded
from petal_constructs.seed.model import Seed


def plan_file(seed_file: Path, form: str = "text", on: str | None = None) -> Plan:
    """Plan a seed; its warnings are told, and with errors the command ends here.

    Args:
        seed_file: The seed.
        form: How errors are put out: `json` prints the same report as `petal validate`.
        on: Platform to plan for, whatever the seed says. Default: as it says.

    Raises:
        SeedError: The seed has errors.
        UsageError: There is no such file, or no such platform.
    """
    return plan_checked(read_file(seed_file, form, on))


def read_file(seed_file: Path, form: str = "text", on: str | None = None) -> Seed:
    """Read a seed, as `plan_file` does."""
    (seed,) = read_files([(seed_file, on)], form)
    return seed


def plan_files(wanted: Sequence[tuple[Path, str | None]], form: str) -> list[Plan]:
    """Plan seeds, each for a platform, as `plan_file` does; a warning of several is told once."""
    return [plan_checked(seed) for seed in read_files(wanted, form)]


def read_files(wanted: Sequence[tuple[Path, str | None]], form: str) -> list[Seed]:
    """Read seeds, each for a platform, as `plan_files` does."""
    loaded = [_inspected(seed_file, form, on) for seed_file, on in wanted]
    seeds = [found.unwrap() for found in loaded]
    for warning in dict.fromkeys(problem for found in loaded for problem in found.problems):
        output.tell(output.problem_text(warning, sys.stderr) + "\n")
    return seeds


def _inspected(seed_file: Path, form: str, on: str | None) -> Loaded:
    loaded = inspect_seed(seed_file, platform=on)
    if loaded.errors and form == "json":
        output.write(output.to_json(report(seed_file, loaded.problems)))
        raise typer.Exit(1)
    return loaded


def report(seed_file: Path, problems: Sequence[Problem]) -> dict[str, Any]:
    """The problems of a seed for programs."""
    errors = sum(problem.is_error for problem in problems)
    return {
        "seed": str(seed_file),
        "problems": [_as_json(problem) for problem in problems],
        "errors": errors,
        "warnings": len(problems) - errors,
    }


def _as_json(problem: Problem) -> dict[str, Any]:
    place = problem.place
    return {
        "code": problem.code,
        "level": problem.level,
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }
