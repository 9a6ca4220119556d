"""An image that petal builds -> its build context: Dockerfile, packages in layers, scripts.

What a seed says reaches the Dockerfile as plain names alone; specs stand in files of their own,
which no shell reads. Each layer holds packages of one group, in seed order, so that a package that
is added behind the others builds nothing again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import Final, Literal

from petal_constructs.catalog.containers import CONTAINERS
from petal_constructs.plan.images import Image
from petal_constructs.render import spack_lock
from petal_constructs.render.spack_settings import CONFIG, environment, settings
from petal_constructs.render.template_texts import template_texts
from petal_constructs.render.tsv import tsv
from petal_constructs.seed.lock import stamp
from petal_constructs.seed.spack_spec import SpackSpec, parse

Installer = Literal["spack", "apt"]
ALONE: Final = 30
"""So many packages have a layer each; images cannot have much more than a hundred."""
TOGETHER: Final = 10
"""Packages in each layer behind those."""
_NAME: Final = r"[a-z0-9]+([._-][a-z0-9]+)*"
_PACKAGE: Final = r"[a-z0-9_][a-z0-9_-]*"
_BASE: Final = r"[A-Za-z0-9][A-Za-z0-9._:/-]*(@sha256:[0-9a-f]{64})?"
_PATH: Final = r"/[A-Za-z0-9_./-]+"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an image is built."""

    image: Image
    installer: Installer
    base: str
    """Image that it starts from."""
    compiler: str | None = None
    """Compiler that packages are built with, as a spec. Default: the base's."""
    build_cache: str | None = None
    """Site's own Spack build cache. Default: the public one alone."""
    lock: str | None = None
    """Text of a spack.lock of just these packages. Default: Spack decides when it builds."""


@dataclass(frozen=True, slots=True)
class Group:
    """Packages of one layer."""

    name: str
    """Folder in the context."""
    specs: tuple[SpackSpec, ...]
    asked: bool = True
    """False for what is only there to build the rest."""


def recipe(
    image: Image,
    installer: Installer = "spack",
    base: str | None = None,
    *,
    compiler: str | None = None,
    build_cache: str | None = None,
) -> Recipe:
    """How an image is built that petal builds.

    Args:
        image: What is built.
        installer: What installs the packages.
        base: Image to start from, or its name in the catalog. Default: the installer's. An image
            that a queue runs as slurmd has its own.
        compiler: As in `Recipe`.
        build_cache: As in `Recipe`.
    """
    wanted = image.slurmd or base or CONTAINERS.default_bases[installer]
    start = CONTAINERS.bases.get(wanted, wanted)
    return Recipe(image, installer, start, compiler, build_cache)


def build_context(recipe: Recipe) -> dict[str, str]:
    """Texts by their path in the context.

    Raises:
        ValueError: A name is none that a seed may have, or the lock lacks a package.
    """
    return dict(_files(recipe))


def groups(recipe: Recipe) -> tuple[Group, ...]:
    """The layers: the compiler, where there is one to build, then the packages in seed order."""
    specs = recipe.image.packages
    parts: list[tuple[SpackSpec, ...]] = [(spec,) for spec in specs[:ALONE]]
    parts += [specs[i : i + TOGETHER] for i in range(ALONE, len(specs), TOGETHER)]
    found = [Group(f"{n:02}-{plain(p[0].name, _PACKAGE)}", p) for n, p in enumerate(parts, 1)]
    if recipe.installer == "spack" and recipe.compiler and not recipe.lock:
        return (Group("00-compiler", (parse(recipe.compiler),), asked=False), *found)
    return tuple(found)


def plain(text: str, pattern: str) -> str:
    """The text itself.

    Raises:
        ValueError: It is not of the pattern.
    """
    if not re.fullmatch(pattern, text):
        msg = f"{text!r} cannot stand in a Dockerfile"
        raise ValueError(msg)
    return text


def _files(recipe: Recipe) -> Iterator[tuple[str, str]]:
    installer = recipe.installer
    templates = _templates()
    yield "Dockerfile", _dockerfile(recipe)
    yield ".dockerignore", templates["image/dockerignore"]
    yield "setup/install.sh", templates[f"image/{installer}/install.sh"]
    yield "finish/finish.sh", templates[f"image/{installer}/finish.sh"]
    yield from _tree()
    for group in groups(recipe):
        yield from _group(recipe, group)
    if installer == "spack":
        yield from _spack(recipe)


def _tree() -> Iterator[tuple[str, str]]:
    """What becomes of packages: the scripts that make commands and modules of them."""
    templates = _templates()
    yield "finish/tree.sh", templates["image/tree.sh"]
    for name in ("make-modules.sh", "module.tcl"):
        yield f"finish/{name}", templates[f"exec/{name}"]
    for name in ("petal-exec", "petal-run"):
        yield f"finish/tree/{name}", templates[f"exec/{name}"]
    yield "finish/tree/entrypoint", templates["image/entrypoint"]
    yield "finish/tree/image.conf", "runtime=direct\n"


def _group(recipe: Recipe, group: Group) -> Iterator[tuple[str, str]]:
    rows: Sequence[tuple[str, ...]] = [(s.name, s.version or "-", s.text) for s in group.specs]
    if recipe.installer == "apt":
        rows = [(*row, CONTAINERS.debian_name(row[0])) for row in rows]
    yield f"groups/{group.name}/packages.tsv", tsv(rows if group.asked else ())
    if recipe.installer == "spack":
        yield f"groups/{group.name}/spack.yaml", environment(group.specs)
        if recipe.lock:
            yield f"groups/{group.name}/spack.lock", spack_lock.part(recipe.lock, group.specs)


def _spack(recipe: Recipe) -> Iterator[tuple[str, str]]:
    image, templates = recipe.image, _templates()
    for name in ("setup.sh", "spack"):
        yield f"setup/{name}", templates[f"image/spack/{name}"]
    yield "finish/describe.py", templates["image/spack/describe.py"]
    yield "setup/release", f"{image.pins.release}\n"
    yield "setup/repository", f"{image.pins.repository}\n"
    for system, names in CONTAINERS.prerequisites.items():
        yield f"setup/packages-{system}", "".join(f"{name}\n" for name in names)
    yield from settings(image, recipe.compiler, recipe.build_cache)
    scopes = (CONFIG, f"{CONFIG}/$target_family")
    yield "spack.yaml", environment(image.packages, include=scopes)


def _dockerfile(recipe: Recipe) -> str:
    image, pins = recipe.image, recipe.image.pins
    started = [f"{_folder(image)}/entrypoint"]
    if image.entrypoint:
        started.append(plain(image.entrypoint, _PATH))
    template = _templates()[f"image/{recipe.installer}.Dockerfile"]
    if image.slurmd:  # it starts as its base does
        template = template.partition("ENTRYPOINT")[0]
    return _Dockerfile(template).substitute(
        name=plain(image.name, _NAME),
        tree=_folder(image),
        base=plain(recipe.base, _BASE),
        layers="\n".join(_layer(group) for group in groups(recipe)),
        entrypoint=json.dumps(started),
        spack=pins.release,
        packages_release=pins.packages_release,
        stamp=stamp(image.made_of),
    )


def _layer(group: Group) -> str:
    cache = "--mount=type=cache,target=/petal/cache,sharing=locked"
    return (
        f"COPY groups/{group.name} /petal/groups/{group.name}\n"
        f"RUN {cache} sh /petal/setup/install.sh {group.name}"
    )


def _folder(image: Image) -> str:
    plain(image.name, _NAME)
    return image.folder


class _Dockerfile(Template):
    delimiter = "@"


@lru_cache
def _templates() -> Mapping[str, str]:
    """Files of petal by path."""
    return template_texts(files("petal_constructs").joinpath("templates", "containers"), "")
