"""Spack's settings for an image: what it is built for, from where binaries come, how MPI talks.

File forms: Spack's documentation, v1.2, 2026-11-22. Variants: packages libfabric and openmpi of
spack-packages, 2026-11-23.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from petal_constructs.plan.images import Image
from petal_constructs.render.spack_yaml import (
    mirrors,
    preferred_compiler,
    repositories,
    spack_yaml,
)
from petal_constructs.render.tsv import field
from petal_constructs.seed.spack_spec import SpackSpec

CONFIG: Final = "setup/config"
"""Folder of the context that Spack takes as a scope; one for each machine lies in it."""
PLACES: Final = "setup/places"
"""Scope with the folders of the machine that builds: of no use to who only concretizes."""
_CACHE: Final = "/petal/cache"
"""Sources and indices: a cache of the build tool, no part of any layer."""
_CONCRETIZER: Final = {"unify": "when_possible", "reuse": True}
"""Software that a layer below has is taken from there."""


def settings(
    image: Image, compiler: str | None, build_cache: str | None
) -> Iterator[tuple[str, str]]:
    """Texts by path in the context.

    Args:
        image: What is built.
        compiler: Preferred for C, C++ and Fortran. Default: Spack's choice.
        build_cache: Asked before the public one. Default: none.
    """
    yield f"{PLACES}/config.yaml", spack_yaml({"config": _places(image)})
    yield f"{CONFIG}/concretizer.yaml", spack_yaml({"concretizer": _CONCRETIZER})
    # not a bucket, for builds hold no credentials
    site = build_cache if build_cache and is_open(build_cache) else None
    yield f"{CONFIG}/mirrors.yaml", spack_yaml({"mirrors": mirrors(site, image.pins)})
    yield f"{CONFIG}/repos.yaml", spack_yaml({"repos": repositories(image.pins)})
    if preferences := dict(_preferences(image, compiler)):
        yield f"{CONFIG}/packages.yaml", spack_yaml({"packages": preferences})
    for machine, target in image.targets:
        required = {"all": {"require": [f"target={field(target)}"]}}
        yield f"{CONFIG}/{machine}/packages.yaml", spack_yaml({"packages": required})


def environment(specs: Sequence[SpackSpec], include: Sequence[str] = ()) -> str:
    """A spack.yaml of these packages."""
    # texts of JSON are texts of YAML, and an image has many such files
    lines = ["spack:"]
    lines += ["  include:", *(f"  - {path}" for path in include)] if include else []
    lines += ["  specs:", *(f"  - {json.dumps(field(spec.text))}" for spec in specs)]
    return "\n".join([*lines, "  view: false", ""])


def is_open(build_cache: str) -> bool:
    """Whether the build of an image can ask it: S3 wants credentials."""
    return not build_cache.startswith("s3://")


def _places(image: Image) -> dict[str, Any]:
    return {
        "install_tree": {"root": f"{image.folder}/software"},
        "build_stage": ["$tempdir/spack-stage"],
        "source_cache": f"{_CACHE}/sources",
        "misc_cache": f"{_CACHE}/index",
    }


def _preferences(image: Image, compiler: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is built where a spec leaves the choice; nothing is built for its own sake.

    MPI is Open MPI, Spack's default, with PMIx as a package, through which `srun --mpi=pmix` starts
    it. CUDA is a wish: packages that demand a `cuda_arch` with it are built without.
    """
    if image.cuda:
        yield "all", {"variants": "+cuda"}
    if image.efa:
        yield "openmpi", {"prefer": ["fabrics=ofi"]}
        yield "libfabric", {"prefer": ["fabrics=efa,shm,tcp"]}
    yield from preferred_compiler(compiler).items()
