"""`petal build-container`: the images that a seed's software comes in."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from petal_constructs.cli import output
from petal_constructs.cli.images import Names, built_images
from petal_constructs.cli.options import Format, Platform, Seed, SeedOption, one_seed
from petal_constructs.errors import UsageError

if TYPE_CHECKING:
    from petal_constructs.containers.tools import Tool
    from petal_constructs.render.build_context import Recipe

_FOLDER: Final = Path("build", "containers")
_LOCK: Final = "spack.lock"

_Folder = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        help="Write contexts below this folder. Default: build/containers.",
        show_default=False,
    ),
]
_Tool = Annotated[
    Literal["auto", "docker", "podman", "buildah"],
    typer.Option("--tool", help="What builds images; auto takes the first that works."),
]
_Installer = Annotated[
    Literal["spack", "apt"],
    typer.Option(
        "--installer", help="Build packages with Spack, or take those of Ubuntu as they are."
    ),
]
_Base = Annotated[
    str | None,
    typer.Option(
        "--base",
        metavar="IMAGE",
        help="Start from al2023, ubuntu-24.04, ubuntu-22.04 or another image. "
        "Default: al2023; with apt ubuntu-24.04.",
        show_default=False,
    ),
]
_ToolOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--tool-option",
        metavar="OPTION",
        help="Pass to the tool's build, such as --network=host; may be repeated.",
        show_default=False,
    ),
]


@dataclasses.dataclass(frozen=True, slots=True)
class _Done:
    """What came of an image."""

    recipe: Recipe
    context: Path
    reference: str | None = None
    """What the tool calls it; None where none was asked or found to build it."""


def build_container(  # noqa: PLR0913, PLR0917  # options of a command
    argument: Seed = None,
    seed: SeedOption = None,
    on: Platform = None,
    folder: _Folder = None,
    names: Names = None,
    tool: _Tool = "auto",
    context_only: Annotated[
        bool, typer.Option("--context-only", help="Write contexts and build nothing.")
    ] = False,
    installer: _Installer = "spack",
    base: _Base = None,
    sbom: Annotated[
        bool, typer.Option("--sbom", help="Let the tool put a bill of materials into the image.")
    ] = False,
    tool_options: _ToolOptions = None,
    remote: Annotated[
        bool, typer.Option("--remote", help="Let AWS CodeBuild build, and write down the digests.")
    ] = False,
    form: Format = "text",
) -> None:
    """Build the container images of a seed's packages, or write what they are built from.

    Each image has a folder with a Dockerfile and all that it needs; any tool and AWS CodeBuild can
    build it. Without a container tool the folders are written, and it is said how to go on. With
    --remote the projects of the registry's stack build, push, and petal.lock.yaml is written.
    """
    seed_file = one_seed(argument, seed)
    if remote:
        here = {
            "--output": folder,
            "--tool": tool != "auto",
            "--context-only": context_only,
            "--installer": installer != "spack",
            "--base": base,
            "--sbom": sbom,
            "--tool-option": tool_options,
        }
        _build_remotely(seed_file, on, names or (), here, form)
        return
    wanted = _wanted(seed_file, on, names or (), installer, base, form)
    done = [_write(recipe, folder or _FOLDER) for recipe in _locked(wanted, seed_file, folder)]
    if not context_only:
        done = _build(done, tool, sbom=sbom, options=tool_options or ())
    if form == "json":
        output.write(output.to_json({"images": [_as_json(each) for each in done]}))
    else:
        output.write("\n".join(_text(done, context_only=context_only)))


def _build_remotely(
    seed_file: Path, on: str | None, names: Sequence[str], here: Mapping[str, object], form: str
) -> None:
    from petal_constructs.cli.remote_build import build_remotely
    from petal_constructs.cli.seeds import read_file

    if given := [option for option, value in here.items() if value]:
        raise UsageError(
            f"--remote and {given[0]}: AWS builds what the registry's stack holds\n"
            f"hint: leave out one of the two"
        )
    seed = read_file(seed_file, form, on)
    build_remotely(seed_file, seed, built_images(seed, names), form)


def _wanted(
    seed_file: Path,
    on: str | None,
    names: Sequence[str],
    installer: Literal["spack", "apt"],
    base: str | None,
    form: str,
) -> tuple[Recipe, ...]:
    from petal_constructs.cli.seeds import read_file
    from petal_constructs.containers.build import recipes

    seed = read_file(seed_file, form, on)
    wanted = built_images(seed, names)
    found = recipes(seed, None, installer, base)
    _warn_of_a_closed_cache(found[0])
    return tuple(recipe for recipe in found if recipe.image in wanted)


def _warn_of_a_closed_cache(recipe: Recipe) -> None:
    from petal_constructs.render.spack_settings import is_open

    if recipe.installer == "spack" and recipe.build_cache and not is_open(recipe.build_cache):
        output.tell(
            "warning: software.build_cache is a bucket, which image builds do not ask: "
            "they hold no credentials\n"
        )


def _locked(wanted: Sequence[Recipe], seed_file: Path, folder: Path | None) -> Iterator[Recipe]:
    """The recipes with what Spack has decided already."""
    for recipe in wanted:
        name = recipe.image.name
        beside = [seed_file.with_name(f"{name}.{_LOCK}")]
        beside += [seed_file.with_name(_LOCK)] if len(wanted) == 1 else []
        places = (*beside, (folder or _FOLDER) / name / _LOCK)
        file = next((place for place in places if place.is_file()), None)
        if file is None or recipe.installer != "spack":
            yield recipe
            continue
        yield _with_lock(recipe, file)


def _with_lock(recipe: Recipe, file: Path) -> Recipe:
    from petal_constructs.render import spack_lock

    try:
        if len(recipe.image.targets) > 1:
            raise ValueError("it is of one architecture, and the image of two")  # noqa: TRY301
        lock = file.read_text("utf-8")
        spack_lock.part(lock, recipe.image.packages)
    except (OSError, ValueError) as error:
        output.tell(
            f"warning: {file} is left aside: {error}\n"
            "hint: delete it, or write it anew from the context: "
            f"spack -e {_FOLDER / recipe.image.name} concretize --force\n"
        )
        return recipe
    return dataclasses.replace(recipe, lock=lock)


def _write(recipe: Recipe, folder: Path) -> _Done:
    from petal_constructs.cli.folder import new_content
    from petal_constructs.render.build_context import build_context

    context = folder / recipe.image.name
    try:
        texts = build_context(recipe)
    except ValueError as error:
        raise UsageError(f"{recipe.image.name}: {error}") from error
    with new_content(context, whole="groups") as new:
        for name, text in texts.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return _Done(recipe, context)


def _build(
    written: Sequence[_Done], wanted: str, *, sbom: bool, options: Sequence[str]
) -> list[_Done]:
    from petal_constructs.cli.steps import Steps
    from petal_constructs.containers.tools import find_tool

    tool = find_tool(wanted)
    if tool is None:
        return list(written)
    steps = Steps(len(written))
    done = []
    for each in written:
        with steps.step(f"build {each.recipe.image.name} with {tool.name}, which may take hours"):
            done.append(_built(each, tool, sbom=sbom, options=options))
    return done


def _built(each: _Done, tool: Tool, *, sbom: bool, options: Sequence[str]) -> _Done:
    from petal_constructs.containers.build import build_image

    image = each.recipe.image
    how = (*options, *(tool.sbom(image.folder) if sbom else ()))
    reference = build_image(tool, image.name, each.context, output.progress, how)
    return dataclasses.replace(each, reference=reference)


def _as_json(done: _Done) -> dict[str, Any]:
    image = done.recipe.image
    return {
        "name": image.name,
        "context": str(done.context),
        "image": done.reference,
        "base": done.recipe.base,
        "installer": done.recipe.installer,
        "targets": dict(image.targets),
        "packages": [spec.text for spec in image.packages],
    }


def _text(done: Sequence[_Done], *, context_only: bool) -> Iterator[str]:
    from petal_constructs.containers.tools import TOOLS, Tool, local_reference

    width = max(len(str(each.context)) for each in done)
    for each in done:
        yield f"{str(each.context).ljust(width)}  {_summary(each)}"
    if any(each.reference is None for each in done):
        if not context_only:
            yield f"no image was built: none of {', '.join(TOOLS)} is here"
        tool = Tool(TOOLS[0], TOOLS[0])
        for each in done:
            command = tool.build(each.context, local_reference(each.recipe.image.name))
            yield f"build it: {shlex.join(command)}"


def _summary(done: _Done) -> str:
    packages = output.counted(len(done.recipe.image.packages), "package")
    if done.reference:
        return f"image {done.reference} of {packages}"
    return f"context of {packages}"
