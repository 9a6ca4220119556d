"""Registry -> what builds its images in AWS CodeBuild: a context for each, a list, a program."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from typing import Final

from petal_constructs.plan.images import Image
from petal_constructs.plan.registry import RegistryPlan
from petal_constructs.render.build_context import build_context, recipe
from petal_constructs.render.tsv import tsv

BUILDSPEC: Final = "buildspec.yml"
_PROGRAM: Final = "build-images.sh"
LIST: Final = "images.tsv"
_CONTEXTS: Final = "contexts"
_DIGITS: Final = 12


def image_bundle(plan: RegistryPlan) -> dict[str, str]:
    """Texts by path; contexts are those that `petal build-container` writes without options.

    Raises:
        ValueError: A name is none that a seed may have.
    """
    templates = files("petal_constructs").joinpath("templates", "containers", "registry")
    found = {name: templates.joinpath(name).read_text("utf-8") for name in (BUILDSPEC, _PROGRAM)}
    rows = []
    for repository in plan.repositories:
        image = repository.image
        how = recipe(image, compiler=plan.compiler, build_cache=plan.build_cache)
        context = build_context(how)
        folder = f"{_CONTEXTS}/{image.name}"
        found |= {f"{folder}/{path}": text for path, text in context.items()}
        machines = " ".join(machine for machine, _ in image.targets)
        rows.append((folder, repository.name, tag(context), machines))
    return found | {LIST: tsv(rows)}


def built_tag(plan: RegistryPlan, image: Image) -> str:
    """Tag of what the projects of a registry build of an image; see `tag`."""
    how = recipe(image, compiler=plan.compiler, build_cache=plan.build_cache)
    return tag(build_context(how))


def tag(context: Mapping[str, str]) -> str:
    """Tag of what is built from a context: the same for the same texts, for tags never move."""
    digest = sha256()
    for path, text in sorted(context.items()):
        digest.update(f"{path}\0{text}\0".encode())
    return f"built-{digest.hexdigest()[:_DIGITS]}"
