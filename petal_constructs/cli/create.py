"""`petal create`: from a seed to a running cluster."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import (
    DestroyData,
    Format,
    OutputFolder,
    Platform,
    Seed,
    SeedOption,
    Yes,
    one_seed,
)
from petal_constructs.errors import ToolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from petal_constructs.cli.stack_events import StackEvent
    from petal_constructs.cli.synth import Built
    from petal_constructs.platforms import Plan
    from petal_constructs.seed.model import Seed as SeedModel

_STOPS: Final = (
    ("stop a first creation", "delete-stack"),
    ("stop an update", "cancel-update-stack"),
)
"""What a person may want who interrupts, each with the command of `aws cloudformation`."""


def create(
    argument: Seed = None,
    seed: SeedOption = None,
    on: Platform = None,
    folder: OutputFolder = None,
    form: Format = "text",
    validate_only: Annotated[
        bool,
        typer.Option("--validate-only", help="Check everything offline; change and keep nothing."),
    ] = False,
    destroy_data: DestroyData = False,
    yes: Yes = False,
) -> None:
    """Create the cluster of a seed on AWS, or bring it up to date.

    Checks the seed, synthesises, and deploys with the CDK's command line after asking. Tells what
    CloudFormation does meanwhile, and why, if it fails. Refuses a cluster name that another stack
    in the account has.
    """
    seed_file = one_seed(argument, seed)
    if validate_only and folder:
        raise UsageError("--validate-only keeps no file, but -o names a folder for them")
    if validate_only:
        _rehearse(seed_file, on, form)
    else:
        _create(seed_file, on, folder, form, yes=yes, destroy_data=destroy_data)


def _rehearse(seed_file: Path, on: str | None, form: str) -> None:
    from petal_constructs.cli.seeds import plan_file
    from petal_constructs.cli.steps import Steps
    from petal_constructs.cli.synth import build

    steps = Steps(2)
    with steps.step("check and plan the seed"):
        plan = plan_file(seed_file, form, on)
    with (
        steps.step("synthesise and check the template"),
        tempfile.TemporaryDirectory(prefix="petal-") as made,
    ):
        built = build(plan, Path(made, plan.name), check_template=True)
    if form == "json":
        found = {"cluster": plan.name, "region": plan.region, "stack": built.stack}
        output.write(output.to_json(found | {"valid": True, "changed": False}))
    else:
        output.write(
            f"{seed_file}: stack {built.stack} can be built for {plan.region}\n"
            "nothing was changed: AWS was not asked, and no file was kept"
        )


def _create(
    seed_file: Path,
    on: str | None,
    folder: Path | None,
    form: str,
    *,
    yes: bool,
    destroy_data: bool,
) -> None:
    from petal_constructs.cli.cdk import NPX
    from petal_constructs.cli.deployed import tell_changes
    from petal_constructs.cli.seeds import read_file
    from petal_constructs.cli.steps import Steps
    from petal_constructs.cli.synth import build, default_folder
    from petal_constructs.planning import plan_checked

    steps = Steps(3)
    with steps.step("check and plan the seed"):
        seed = read_file(seed_file, form, on)
        plan = plan_checked(seed)
    if yes:
        tell_changes(seed)
    else:
        _ask(plan, seed)
    with steps.step("synthesise and check the template"):
        into = folder or default_folder(plan)
        built = build(plan, into, check_template=True, destroy_data=destroy_data, seed=seed)
    _refuse_a_taken_name(plan, built)
    output.progress(
        "an account needs the CDK's bootstrap once for each region: "
        f"{NPX} bootstrap aws://ACCOUNT/{plan.region}"
    )
    with steps.step(f"deploy stack {built.stack} to {plan.region}, which takes a while"):
        outputs = _deploy(plan, built)
    if form == "json":
        found = {"cluster": plan.name, "region": plan.region, "stack": built.stack}
        output.write(output.to_json(found | {"folder": str(built.folder), "outputs": outputs}))
    else:
        output.write(_text(plan, outputs))


def _ask(plan: Plan, seed: SeedModel) -> None:
    if not output.can_ask():
        raise UsageError(
            f"nobody can be asked whether to create {plan.name}\n"
            "hint: add -y to create it without asking, or --validate-only to change nothing"
        )
    from petal_constructs.cli.deployed import tell_changes
    from petal_constructs.platforms import platform

    output.tell(output.plain_tables(platform(plan.platform).tables(plan)) + "\n")
    verb = "update" if tell_changes(seed) else "create"
    if not typer.confirm(f"{verb} {plan.name} in {plan.region}, which costs money?", err=True):
        output.tell("nothing was changed")
        raise typer.Exit(1)


def _refuse_a_taken_name(plan: Plan, built: Built) -> None:
    """Taking it would fail, and what AWS then rolls back may be somebody else's cluster."""
    from petal_constructs.cli.stacks import HOLDS_NOTHING, refuse_another_kind, stack_status
    from petal_constructs.platforms import platform

    stack = built.stack
    if stack_status(stack, plan.region) not in HOLDS_NOTHING:
        refuse_another_kind(stack, plan.region, built.template)
        return  # the stacks of this name are its own
    for other in platform(plan.platform).other_stacks(plan):
        if stack_status(other, plan.region):
            raise ToolError(
                f"{plan.region} has a stack {other} that does not belong to {stack}, and AWS "
                f"would make one of that name for the cluster: nothing was created\n"
                "hint: choose another cluster.name"
            )


def _deploy(plan: Plan, built: Built) -> dict[str, str]:
    from petal_constructs.cli.causes import StackFailedError

    try:
        return _outputs(plan, built)
    except ToolError as failed:
        _tell_what_remains(
            plan, built.stack, failed.events if isinstance(failed, StackFailedError) else ()
        )
        raise


def _tell_what_remains(plan: Plan, stack: str, events: Sequence[StackEvent]) -> None:
    from petal_constructs.cli.leftovers import leftovers, told
    from petal_constructs.cli.stacks import NOT_CREATED, stack_status
    from petal_constructs.platforms import platform

    try:
        status = stack_status(stack, plan.region)
    except ToolError:
        status = "CREATE_FAILED"  # to say too much is better than a bill that surprises
    if status and status.startswith(NOT_CREATED):
        kept = platform(plan.platform).kept(plan)
        why = "may remain though the creation failed, and is billed until you delete it yourself:"
        ways = told(leftovers(events, plan.region), kept, plan.region)
        output.tell("\n  ".join([why, *kept, *ways]) + "\n")


def _outputs(plan: Plan, built: Built) -> dict[str, str]:
    from petal_constructs.cli.stack_change import change_stack, interrupt_text
    from petal_constructs.platforms import platform

    doing = f"with stack {built.stack}"
    with tempfile.TemporaryDirectory(prefix="petal-") as made:
        outputs = Path(made, "outputs.json")
        where = ("--app", str(built.assembly), "--outputs-file", str(outputs))
        # The user has agreed: the CDK does not ask again, as it could not without a terminal.
        how = ("--require-approval", "never", "--progress", "events")
        change_stack(
            ("deploy", built.stack, *where, *how),
            stacks=(built.stack, *platform(plan.platform).other_stacks(plan)),
            region=plan.region,
            interrupted=interrupt_text(doing, built.stack, plan.region, _STOPS),
        )
        found = json.loads(outputs.read_text("utf-8")) if outputs.exists() else {}
    of_stack: dict[str, str] = found.get(built.stack, {})
    return of_stack


def _text(plan: Plan, outputs: dict[str, str]) -> str:
    width = max(map(len, outputs), default=0)
    lines = [f"{name.ljust(width)}  {value}" for name, value in sorted(outputs.items())]
    return "\n".join([f"{plan.name} is ready in {plan.region}", *lines])
