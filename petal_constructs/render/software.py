"""Spack's configuration, and the tables from which nodes know what to build, and where."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Final

from petal_constructs.plan.values import Software
from petal_constructs.render.spack_yaml import (
    mirrors,
    preferred_compiler,
    repositories,
    spack_yaml,
)
from petal_constructs.render.tsv import field, tsv
from petal_constructs.seed.spack_spec import parse

NOTHING: Final = "-"


def software_files(software: Software) -> dict[str, str]:
    """Texts by file name.

    Raises:
        ValueError: A field holds a tab, a line end or another control character, is empty where it
            must not be, or a Spack spec has no package name.
    """
    contents = _contents(software)
    return {"software.tsv": tsv(_settings(software, _hash(contents)).items()), **contents}


def stamp(software: Software) -> str:
    """12 hex digits over what is installed and how: those that `petal_ready` shows once it is."""
    return _hash(_contents(software))


def _hash(texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"{name}\n{texts[name]}".encode())
    return digest.hexdigest()[:12]


def _contents(software: Software) -> dict[str, str]:
    return dict(_files(software))


def _files(software: Software) -> Iterator[tuple[str, str]]:
    specs = (parse(field(spec)) for spec in software.spack_specs)
    yield "packages.tsv", tsv((s.name, s.version or NOTHING, s.text) for s in specs)
    yield "spack.yaml", _spack_yaml(software)
    yield "mirrors.yaml", spack_yaml({"mirrors": mirrors(software.build_cache, software.pins)})
    for machine, target in software.pins.targets.items():
        yield f"target-{machine}.yaml", _target_yaml(target, software.compiler)


def _settings(software: Software, content: str) -> dict[str, str]:
    builder = software.builder
    return {
        "root": software.root,
        "spack": software.pins.release,
        "spack-repository": software.pins.repository,
        "stamp": content,
        "build-queue": builder.queue if builder else NOTHING,
        "build-size": builder.size if builder else NOTHING,
        "build-time": builder.max_time if builder else NOTHING,
        "build-cache": software.build_cache or NOTHING,
        "contact": software.contact or NOTHING,
    }


def _spack_yaml(software: Software) -> str:
    """All but `specs`, which the head node adds: those that Spack can decide on."""
    root, pins = software.root, software.pins
    environment = {
        "include": ["target.yaml", "mirrors.yaml"],
        "view": False,
        "concretizer": {"unify": "when_possible", "reuse": True},
        "repos": repositories(pins),
        "config": {
            "install_tree": {"root": f"{root}/software"},
            # of the machine that builds: compiling on the shared disk would be slow
            "build_stage": ["$tempdir/spack-stage"],
            "source_cache": f"{root}/cache/sources",
        },
        "modules": {"default": _modules(root)},
    }
    return spack_yaml({"spack": environment})


def _modules(root: str) -> dict[str, object]:
    return {
        "enable": ["tcl"],
        "roots": {"tcl": f"{root}/modules/tcl"},
        "arch_folder": False,
        "tcl": {
            "hash_length": 0,
            "exclude_implicits": True,
            "projections": {"all": "{name}/{version}"},
            "all": {"autoload": "direct"},
        },
    }


def _target_yaml(target: str, compiler: str | None) -> str:
    """Target for all packages, and the preferred compiler."""
    everything = {"all": {"require": [f"target={field(target)}"]}}
    return spack_yaml({"packages": everything | preferred_compiler(compiler)})
