"""Names of packages, held against those that Spack has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from petal_constructs.catalog import versions
from petal_constructs.catalog.spack_packages import SpackPackages, alike, spack_packages
from petal_constructs.errors import Problem
from petal_constructs.seed.model import Seed
from petal_constructs.seed.spack_spec import parse
from petal_constructs.seed.suggest import did_you_mean

_LANGUAGES: Final = ("py-", "r-", "perl-")
"""What Spack puts before names of libraries of Python, R and Perl."""
_MOST_HINTS: Final = 50
"""Bounds the time that they take."""


def check_package_names(seed: Seed) -> Iterator[Problem]:
    """Packages that Spack does not have, also those that others are built with."""
    specs = list(_specs(seed))
    if not specs:
        return
    known = spack_packages()
    unknown = [(path, name) for path, spec in specs for name in _unknown(spec, known)]
    for number, (path, name) in enumerate(unknown):
        yield _problem(path, name, known, hinted=number < _MOST_HINTS)


def _specs(seed: Seed) -> Iterator[tuple[str, str]]:
    software = seed.software
    if software.compiler:
        yield "software.compiler", software.compiler
    for index, spec in enumerate(software.spack_packages):
        yield f"software.spack_packages[{index}]", spec
    for number, container in enumerate(software.containers):
        for index, spec in enumerate(container.packages):
            yield f"software.containers[{number}].packages[{index}]", spec


def _unknown(text: str, known: SpackPackages) -> Iterator[str]:
    spec = parse(text)
    if not known.has(spec.name):
        yield spec.name
    for sigil, name in spec.others:
        if not known.has(name, of_compiler=sigil == "%"):
            yield name


def _problem(path: str, name: str, known: SpackPackages, *, hinted: bool) -> Problem:
    exact = known.release == versions.SPACK.packages_release
    which = known.release if exact else known.date
    near = _near(name, known) if hinted else ""
    return Problem(
        "P512",
        path,
        f"{name} is not among Spack's packages of {which}",
        near or ("spack list shows their names" if exact else "keep it if Spack got it since then"),
        level="error" if exact else "warning",
    )


def _near(name: str, known: SpackPackages) -> str:
    if name in known.compilers:
        return f"write {known.compilers[name]}: {name} is its name behind a % alone"
    for language in _LANGUAGES:
        if f"{language}{name}" in known.packages:
            return f"did you mean {language}{name}?"
    return did_you_mean(name, alike(name, known.packages))
