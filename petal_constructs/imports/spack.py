"""`spack.yaml` and `spack.lock` -> the software section of a seed.

Formats: Spack's documentation, "Environments" and "Package Settings", v1.0, 2026-11-23.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from petal_constructs.extract.found import Found, Note, Tree, shown
from petal_constructs.extract.names import answer
from petal_constructs.extract.report import Extraction, extraction
from petal_constructs.extract.spack_files import environment_text, load_yaml, lock
from petal_constructs.extract.spack_packages import SpackPackages
from petal_constructs.seed.software import Software

_SECTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "view": ("petal makes modules, and no view", ""),
    "concretizer": ("petal's Spack has its own settings", ""),
    "config": ("petal's Spack has its own settings", ""),
    "modules": ("petal writes the module files", ""),
    "mirrors": ("its mirrors are not asked", "build_cache: names one that is signed"),
    "compilers": ("its compilers are not on petal's nodes", "compiler: names one to build with"),
    "toolchains": ("its compilers are not on petal's nodes", "compiler: names one to build with"),
    "repos": ("recipes of its own are not there", "leave out what needs them"),
    "include": ("files that it includes were not read", "import them as well"),
    "include_concrete": ("environments that it includes were not read", "import them as well"),
    "develop": ("checkouts that it develops in are not there", "leave them out, or release them"),
    "env_vars": ("jobs set their own environment", ""),
    "container": ("petal build-container chooses the image", ""),
    "cdash": ("nothing is reported there", ""),
    "ci": ("nothing is built there", ""),
    "upstreams": ("its installations are not on petal's nodes", ""),
    "bootstrap": ("petal's Spack has its own settings", ""),
}
"""Of an environment, what a seed does not have: why, and what to do."""
_HINTS: Final = {
    "externals": "petal builds it anew where something needs it",
    "buildable": "petal builds it anew where something needs it",
}
_COMPILER: Final = re.compile(
    r"(?:^|\s)%(?:c,?(?:cxx)?=|\[[^]]*\] *)?(?P<name>[a-z][\w-]*@?[\w.=]*)"
)
_TARGET: Final = re.compile(r"\btarget=(?P<name>[a-z]\w*)\b")


@dataclass(frozen=True, slots=True)
class SpackImport:
    """An environment as the section of a seed."""

    extraction: Extraction
    settings: Mapping[str, str]
    """Keys of `software` that settings of all packages become."""

    def section(self) -> str:
        """The section of a seed, in YAML, without its last line end."""
        lines = (f"\n  {key}: {value}" for key, value in self.settings.items())
        return self.extraction.section("petal import spack") + "".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The report for programs."""
        return self.extraction.to_json() | {"settings": dict(self.settings)}


def import_spack(text: str, name: str, known: SpackPackages | None = None) -> SpackImport:
    """The packages of an environment, or the roots of a lock.

    Args:
        text: The file.
        name: What the report calls it.
        known: Spack's packages. Default: names are not checked.
    """
    locked = text.lstrip().startswith("{")
    found, notes, settings = (_locked if locked else _environment)(text, name)
    answers = [answer(thing, known) for thing in found]
    return SpackImport(extraction(answers, notes, checked=known is not None), settings)


_Parts = tuple[list[Found], list[Note], dict[str, str]]


def _sorted(read: Iterator[Found | Note]) -> tuple[list[Found], list[Note]]:
    things = list(read)
    found = [thing for thing in things if isinstance(thing, Found)]
    return found, [thing for thing in things if isinstance(thing, Note)]


def _locked(text: str, name: str) -> _Parts:
    tree = Tree("", {name: text.encode})
    try:
        found, notes = _sorted(lock(tree, name))
    except (ValueError, RecursionError) as error:
        return [], [Note(name, shown(f"this is not JSON: {error}"))], {}
    hint = "petal build-container takes the lock itself: docs/guides/containers.md"
    notes.append(Note(name, "versions that it pins for dependencies are chosen anew", hint))
    return found, notes, {}


def _environment(text: str, name: str) -> _Parts:
    found, notes = _sorted(environment_text(text, name))
    try:
        root = _mapping(load_yaml(text))
    except ValueError:
        return found, notes, {}  # a note says so
    spack = _mapping(root.get("spack", root.get("env")))
    settings: dict[str, str] = {}
    for key, value in spack.items():
        if key == "packages":
            notes += _packages(_mapping(value), name, settings)
        elif key in _SECTIONS and value not in (False, None, [], {}):
            why, hint = _SECTIONS[key]
            notes.append(Note(name, f"{key}: {why}", hint))
        elif key not in {"specs", "definitions", *_SECTIONS}:
            notes.append(Note(name, shown(f"{key}: is not in the seed")))
    return found, notes, settings


def _packages(packages: Mapping[str, Any], name: str, settings: dict[str, str]) -> Iterator[Note]:
    """Settings of all packages become keys of the seed, those of one are told."""
    for package, wishes in packages.items():
        for key, value in _mapping(wishes).items():
            taken = _setting(key, value) if package == "all" else {}
            settings |= taken
            if not taken:
                where = shown(f"packages: {package}: {key}")
                hint = _HINTS.get(key, "write it into the spec, as in hdf5@1.14 +mpi")
                hint = hint if package != "all" or key in _HINTS else ""
                yield Note(name, f"{where} is not in the seed", hint)


def _setting(key: str, value: Any) -> dict[str, str]:
    """`compiler` and `target` of all packages, where they are of the seed's form."""
    first = value[0] if isinstance(value, list) and value else value
    text = first if isinstance(first, str) else ""
    found: dict[str, str] = {}
    if key in {"compiler", "target"}:
        found[key] = text
    elif key == "require" and (not isinstance(value, list) or len(value) == 1):
        for name, pattern in (("compiler", _COMPILER), ("target", _TARGET)):
            if match := pattern.search(text):
                found[name] = match["name"]
    return found if found and all(_fits(*pair) for pair in found.items()) else {}


def _fits(key: str, value: str) -> bool:
    try:
        Software.model_validate({key: value})
    except ValidationError:
        return False
    return bool(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
