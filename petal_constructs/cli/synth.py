"""`petal synth`: the deployable output of a seed, without deploying it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from petal_constructs.cli import output
from petal_constructs.cli.options import (
    Format,
    OutputFolder,
    Platform,
    Seed,
    SeedOption,
    one_seed,
)

if TYPE_CHECKING:
    from petal_constructs.platforms import Plan
    from petal_constructs.seed.model import Seed as SeedModel

ASSEMBLY: Final = "cdk.out"
PLAN: Final = "plan.json"


@dataclass(frozen=True, slots=True)
class Built:
    """The deployable output of a plan.

    Attributes:
        stack: Name of the stack.
        folder: Where everything lies.
        files: Rendered texts, by their path in the folder.
    """

    stack: str
    folder: Path
    files: tuple[str, ...]

    @property
    def assembly(self) -> Path:
        """The cloud assembly, which the CDK's command line deploys."""
        return self.folder / ASSEMBLY

    @property
    def template(self) -> Path:
        """The CloudFormation template."""
        return self.assembly / f"{self.stack}.template.json"


def synth(
    argument: Seed = None,
    seed: SeedOption = None,
    on: Platform = None,
    folder: OutputFolder = None,
    form: Format = "text",
    validate_template: Annotated[
        bool, typer.Option("--validate-template", help="Let the CDK check the template (seconds).")
    ] = False,
) -> None:
    """Write what would be deployed: the cloud assembly, the rendered files, the plan. Offline.

    A folder that holds an earlier result is updated; files that petal did not write stay.
    """
    from petal_constructs.cli.seeds import read_file
    from petal_constructs.planning import plan_checked

    seed_file = one_seed(argument, seed)
    wanted = read_file(seed_file, form, on)
    plan = plan_checked(wanted)
    into = folder or default_folder(plan)
    built = build(plan, into, check_template=validate_template, seed=wanted)
    if form == "json":
        output.write(output.to_json(as_json(plan, built)))
    else:
        output.write(_text(f"{seed_file} --platform {on}" if on else str(seed_file), built))


def default_folder(plan: Plan) -> Path:
    """Where the output goes if nobody says."""
    return Path("build", plan.name)


def build(
    plan: Plan,
    folder: Path,
    *,
    check_template: bool,
    destroy_data: bool = False,
    seed: SeedModel | None = None,
) -> Built:
    """Write the output of a plan; if that fails the folder stays as it was.

    Args:
        plan: What to build.
        folder: Where to.
        check_template: Whether the CDK checks the template.
        destroy_data: Whether data that the seed does not keep goes with the cluster.
        seed: What the template says that it was made from. Default: it says nothing.

    Raises:
        UsageError: The folder holds something that petal did not write, or cannot be written.
        ToolError: The CDK found something that it cannot build.
    """
    from petal_constructs.cli.assembly import synthesise
    from petal_constructs.cli.folder import new_content
    from petal_constructs.cli.plan import plan_json
    from petal_constructs.platforms import platform

    with new_content(folder, whole=ASSEMBLY) as new:
        files = platform(plan.platform).files(plan)
        for name, text in (files | {PLAN: f"{plan_json(plan)}\n"}).items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        stack = synthesise(
            plan,
            new / ASSEMBLY,
            check_template=check_template,
            destroy_data=destroy_data,
            seed=seed,
        )
    return Built(stack, folder, tuple(files))


def as_json(plan: Plan, built: Built) -> dict[str, Any]:
    """What was written, for programs."""
    return {
        "cluster": plan.name,
        "platform": plan.platform,
        "region": plan.region,
        "stack": built.stack,
        "folder": str(built.folder),
        "assembly": str(built.assembly),
        "template": str(built.template),
        "plan": str(built.folder / PLAN),
        "files": [str(built.folder / name) for name in built.files],
    }


def _text(seed: str, built: Built) -> str:
    from petal_constructs.cli.cdk import NPX

    tops = dict.fromkeys(name.split("/")[0] for name in built.files)
    rows = [
        (str(built.assembly), f"cloud assembly of stack {built.stack}"),
        (str(built.folder / PLAN), "the plan"),
        *((str(built.folder / top), "rendered, to read") for top in tops),
    ]
    width = max(len(path) for path, _ in rows)
    lines = [f"{path.ljust(width)}  {what}" for path, what in rows]
    deploy = f"deploy it: petal create {seed}, or {NPX} deploy --app {built.assembly}"
    return "\n".join([*lines, deploy])
