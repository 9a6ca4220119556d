"""`petal delete`: the end of a cluster, but not of its data."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import Format, Seed, SeedOption, Yes, one_seed
from petal_constructs.errors import UsageError

if TYPE_CHECKING:
    from petal_constructs.platforms import Plan

_KEPT = ", kept"
"""How tables of plans mark what outlives a cluster."""


def delete(
    argument: Seed = None, seed: SeedOption = None, form: Format = "text", yes: Yes = False
) -> None:
    """Delete the cluster of a seed from AWS; data is kept.

    Says first what is kept, and asks for the cluster's name.
    """
    from petal_constructs.cli.cdk import run_cdk
    from petal_constructs.cli.seeds import plan_file
    from petal_constructs.cli.steps import Steps
    from petal_constructs.cli.synth import build

    plan = plan_file(one_seed(argument, seed), form)
    steps = Steps(2)
    with tempfile.TemporaryDirectory(prefix="petal-") as made:
        with steps.step("find out what is kept"):
            built = build(plan, Path(made, plan.name), check_template=False)
        kept = (*_kept_by_plan(plan), *_kept_by_template(built.template))
        output.tell("\n  ".join(["kept, and billed until you delete it yourself:", *kept]))
        output.tell("buckets that the seed mounts are never touched")
        if not yes:
            _ask(plan)
        with steps.step(f"delete stack {built.stack} from {plan.region}, which takes a while"):
            arguments = ("destroy", built.stack, "--app", str(built.assembly), "--force")
            run_cdk(arguments, region=plan.region)
    if form == "json":
        found = {"cluster": plan.name, "region": plan.region, "stack": built.stack}
        output.write(output.to_json(found | {"deleted": True, "kept": kept}))
    else:
        output.write(f"{plan.name} is deleted from {plan.region}")


def _kept_by_plan(plan: Plan) -> tuple[str, ...]:
    """What the platform keeps, as its tables say."""
    from petal_constructs.platforms import platform

    tables = platform(plan.platform).tables(plan)
    rows = [row for table in tables for row in table.rows if row[-1].endswith(_KEPT)]
    return tuple(": ".join(row).removesuffix(_KEPT) for row in rows)


def _kept_by_template(template: Path) -> tuple[str, ...]:
    """What CloudFormation leaves in place."""
    resources = json.loads(template.read_text("utf-8"))["Resources"]
    return tuple(
        f"{resource['Type']} {name}"
        for name, resource in sorted(resources.items())
        if resource.get("DeletionPolicy", "").startswith("Retain")
    )


def _ask(plan: Plan) -> None:
    if not output.can_ask():
        raise UsageError(
            f"nobody can be asked whether to delete {plan.name}\n"
            "hint: add -y to delete it without asking"
        )
    typed = typer.prompt(f"type {plan.name} to delete it", err=True)
    if typed != plan.name:
        raise UsageError(f"{typed} is not {plan.name}: nothing was deleted")
