"""`petal delete`: the end of a cluster, but not of its data."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import Format, Platform, Seed, SeedOption, Yes, one_seed
from petal_constructs.errors import ToolError, UsageError

if TYPE_CHECKING:
    from petal_constructs.cli.leftovers import Leftover
    from petal_constructs.cli.stack_events import StackEvent
    from petal_constructs.cli.synth import Built
    from petal_constructs.platforms import Plan


def delete(
    argument: Seed = None,
    seed: SeedOption = None,
    on: Platform = None,
    form: Format = "text",
    yes: Yes = False,
) -> None:
    """Delete the cluster of a seed from AWS; data is kept.

    Says first what goes and what is kept, asks for the cluster's name, tells what CloudFormation
    does, and ends with what is left and the commands that find and remove it.
    """
    from petal_constructs.cli.leftovers import leftovers
    from petal_constructs.cli.seeds import plan_file
    from petal_constructs.cli.steps import Steps
    from petal_constructs.cli.synth import build

    plan = plan_file(one_seed(argument, seed), form, on)
    _can_go_on(plan, yes)
    steps = Steps(2)
    with tempfile.TemporaryDirectory(prefix="petal-") as made:
        with steps.step("find the cluster's stack"):
            built = build(plan, Path(made, plan.name), check_template=False)
            _must_exist(plan, built)
        _tell_what_goes(plan, built)
        if not yes:
            _ask(plan)
        with steps.step(f"delete stack {built.stack} from {plan.region}, which takes a while"):
            left = leftovers(_destroy(plan, built), plan.region)
    _tell_what_is_left(plan, built, left, form)


def _tell_what_goes(plan: Plan, built: Built) -> None:
    from petal_constructs.platforms import platform

    on = platform(plan.platform)
    stacks = ", ".join((built.stack, *on.other_stacks(plan)))
    output.tell(f"goes, with all nodes and whatever is not named below: stack {stacks}")
    output.tell("\n  ".join(["kept, and billed until you delete it yourself:", *on.kept(plan)]))
    output.tell("buckets that the seed mounts are never touched")
    output.tell("jobs that still run or wait are cancelled first")


def _tell_what_is_left(plan: Plan, built: Built, left: tuple[Leftover, ...], form: str) -> None:
    from petal_constructs.cli.leftovers import told
    from petal_constructs.platforms import platform

    kept = platform(plan.platform).kept(plan)
    if form == "json":
        found = {"cluster": plan.name, "region": plan.region, "stack": built.stack}
        ids = [dataclasses.asdict(one) for one in left]
        output.write(output.to_json(found | {"deleted": True, "kept": kept, "left": ids}))
        return
    output.write(f"{plan.name} is deleted from {plan.region}")
    ways = told(left, kept, plan.region)
    output.tell("\n  ".join(["left, and how to find or remove it:", *ways]))


def _destroy(plan: Plan, built: Built) -> tuple[StackEvent, ...]:
    from petal_constructs.cli.stack_change import change_stack, interrupt_text
    from petal_constructs.platforms import platform

    return change_stack(
        ("destroy", built.stack, "--app", str(built.assembly), "--force"),
        stacks=(built.stack, *platform(plan.platform).other_stacks(plan)),
        region=plan.region,
        interrupted=interrupt_text(f"deleting {built.stack}", built.stack, plan.region),
    )


def _must_exist(plan: Plan, built: Built) -> None:
    """The CDK calls a stack deleted that it did not find, while the cluster runs elsewhere."""
    from petal_constructs.cli.stacks import place, refuse_another_kind, stack_status

    if stack_status(built.stack, plan.region) is None:
        raise ToolError(
            f"there is no stack {built.stack} in {place(plan.region)}: nothing was deleted\n"
            "hint: check AWS_PROFILE, cluster.region and cluster.name"
        )
    refuse_another_kind(built.stack, plan.region, built.template)


def _can_go_on(plan: Plan, yes: bool) -> None:
    if not yes and not output.can_ask():
        raise UsageError(
            f"nobody can be asked whether to delete {plan.name}\n"
            "hint: add -y to delete it without asking"
        )


def _ask(plan: Plan) -> None:
    typed = typer.prompt(f"type {plan.name} to delete it", err=True)
    if typed != plan.name:
        raise UsageError(f"{typed} is not {plan.name}: nothing was deleted")
