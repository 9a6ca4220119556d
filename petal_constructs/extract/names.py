"""What Spack calls something that was found, if it has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from petal_constructs.catalog.spack_names import spack_names
from petal_constructs.catalog.spack_packages import alike
from petal_constructs.extract.found import Found
from petal_constructs.extract.spack_packages import SpackPackages
from petal_constructs.seed import spack_spec
from petal_constructs.seed.base import SpackSpec
from petal_constructs.seed.suggest import nearest

Verdict = Literal["package", "not-needed", "no-package"]
_VERSION: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_-]*")
_BOUNDS: Final = re.compile(r"(?:>=\s*(?P<least>[0-9][\w.]*))?,?\s*(?:<=\s*(?P<most>[0-9][\w.]*))?")
_TOOLCHAIN: Final = re.compile(
    r"-(?:GCC(?:core)?|gcc|foss|gompi|gfbf|intel|iimpi|iomkl|goolf|clang|oneapi|aocc|system)\b.*$"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of something that was found."""

    found: Found
    verdict: Verdict
    spec: str = ""
    """Of a package: how the seed names it."""
    reason: str = ""
    """Why it is not needed or has no package; of a package what to look at; empty: nothing."""


def answer(found: Found, known: SpackPackages | None) -> Answer:
    """What Spack has for it.

    Args:
        found: What a source holds.
        known: Spack's packages. None: names are not checked.
    """
    if found.not_needed:
        return Answer(found, "not-needed", reason=found.not_needed)
    if found.kind == "other":
        return Answer(found, "no-package", reason="installed by hand: find its package by yourself")
    if reason := _not_needed(found):
        return Answer(found, "not-needed", reason=reason)
    specs = tuple(dict.fromkeys(_candidates(found)))
    if found.kind == "image" and not specs:
        reason = "what it holds is not in this file: give petal the image itself, as an archive"
        return Answer(found, "no-package", reason=reason)
    return _checked(found, tuple(filter(_fits_a_seed, specs)), known)


def _not_needed(found: Found) -> str:
    tables, name = spack_names(), found.name.lower()
    if found.kind == "image" and tables.systems.fullmatch(name.rpartition("/")[2]):
        return "a base system"
    if found.kind in ("python", "conda") and tables.python.get(name) == "":
        return "comes with Spack's Python"
    return tables.not_needed(name) if found.kind in ("deb", "rpm", "apk", "conda", "module") else ""


def _checked(found: Found, specs: tuple[str, ...], known: SpackPackages | None) -> Answer:
    if not specs:
        return Answer(found, "no-package", reason="its name cannot be one of Spack's")
    if known is None:
        return Answer(found, "package", specs[0], _about(found, specs[0]))
    for spec in specs:
        package = spack_spec.parse(spec)
        named = found.kind == "spack" and package.name in known.virtual
        if named or package.name in known.names:
            remark = _about(found, spec, known.about_version(package))
            return Answer(found, "package", spec, remark)
    tried = ", ".join(dict.fromkeys(spack_spec.parse(spec).name for spec in specs))
    near = nearest(tried.partition(",")[0], alike(tried, known.names))
    guess = f"; did you mean {near}?" if near else ""
    return Answer(found, "no-package", reason=f"no Spack package of this name: {tried}{guess}")


def _about(found: Found, spec: str, remark: str = "") -> str:
    """The remark, and what the spec does not say of the version that was found."""
    lost = found.version and found.kind != "spack" and not spack_spec.parse(spec).versions
    parts = (f"version {found.version} is left out: Spack cannot say it" if lost else "", remark)
    return "; ".join(filter(None, parts))


@lru_cache
def _adapter() -> TypeAdapter[str]:
    return TypeAdapter(SpackSpec)


@lru_cache(100_000)
def _fits_a_seed(spec: str) -> bool:
    try:
        _adapter().validate_python(spec)
        spack_spec.parse(spec)
    except (ValidationError, ValueError):
        return False
    return True


def _candidates(found: Found) -> Iterator[str]:
    """Specs, the likeliest first."""
    if found.kind == "spack":
        yield " ".join(found.name.split())
        return
    version = _CLEAN.get(found.kind, str)(found.version)
    for spec in _NAMES[found.kind](found.name.lower(), found.version):
        name, space, variants = spec.partition(" ")
        if _NAME.fullmatch(name):
            yield f"{name}{_at(version)}{space}{variants}"


def _at(version: str) -> str:
    """`@1.2`, `@1.2:` for `>=1.2`; nothing where Spack cannot say it."""
    if _VERSION.fullmatch(version):
        return f"@{version}"
    bounds = _BOUNDS.fullmatch(version)
    if not version or not bounds:
        return ""
    return f"@{bounds['least'] or ''}:{bounds['most'] or ''}"


def _python(name: str, _version: str = "") -> Iterator[str]:
    normal = re.sub(r"[._-]+", "-", name)
    yield spack_names().python.get(normal) or f"py-{normal}"


def _r(name: str, _version: str = "") -> Iterator[str]:
    yield "r" if name == "r" else f"r-{name.replace('.', '-')}"


def _perl(name: str, _version: str = "") -> Iterator[str]:
    yield f"perl-{re.sub('(::|_)+', '-', name)}"


def _conda(name: str, _version: str) -> Iterator[str]:
    tables = spack_names()
    if name in tables.conda:
        yield tables.conda[name]
    elif found := re.fullmatch(r"(?:r|bioconductor)-(.+)", name):
        yield from _r(found[1])
    elif name.startswith("perl-"):
        yield name
    else:
        yield from filter(None, [tables.python.get(name), _plain(name)])
        yield from _python(name)


_PREFIXES: Final[tuple[tuple[re.Pattern[str], Callable[[str], Iterator[str]]], ...]] = (
    (re.compile(r"r-(?:cran|bioc|other)-(.+)"), _r),
    (re.compile(r"r-([a-z].+)"), _r),
    (re.compile(r"(?:python3?|py3)-(.+?)(?:-devel|-dev)?"), _python),
    (re.compile(r"lib(.+)-perl"), _perl),
    (re.compile(r"perl-(.+)"), _perl),
    (re.compile(r"perl\((.+)\)"), _perl),
    (re.compile(r"python3?dist\((.+)\)"), _python),
)


def _distribution(name: str, _version: str = "") -> Iterator[str]:
    """By the rules of distributions: languages by prefix, libraries by `lib` and `-dev`."""
    table = spack_names().packages
    base = re.sub(
        r"-(?:devel|dev|bin|tools|libs|utils|common|headers|static|openmpi|mpich)$", "", name
    )
    for known in (name, base, re.sub(r"[-.]?[0-9][0-9.]*$", "", base)):
        if known in table:
            yield table[known]
    if re.match(r"(java-[0-9.]+-)?openjdk", name):
        yield "openjdk"
    for pattern, rule in _PREFIXES:
        if match := pattern.fullmatch(name):
            yield from rule(match[1])
            return
    library = re.sub(r"(?<=[a-z])[-.]?[0-9][0-9.]*(?:-[0-9]+)?[a-z]?$", "", base)
    names = [base, library]
    if name.startswith("lib") and library != name:  # `libgsl27`, `libgsl-dev`
        names = [library.removeprefix("lib"), library, base]
    for plain in dict.fromkeys((*names, base.removeprefix("lib"))):
        yield _plain(plain)


def _module(name: str, _version: str) -> Iterator[str]:
    if name in spack_names().packages:
        yield spack_names().packages[name]
    yield _plain(name)
    yield f"py-{_plain(name)}"


def _image(name: str, version: str) -> Iterator[str]:
    repository = re.sub(r"^[^/]*[.:][^/]*/", "", name).removeprefix("library/")
    if known := spack_names().images.get(repository):
        yield known
    elif repository.startswith("biocontainers/"):
        yield from _conda(repository.removeprefix("biocontainers/"), version)


def _plain(name: str) -> str:
    return name.replace("+", "plus").replace("_", "-").replace(".", "-")


_NAMES: Final[Mapping[str, Callable[[str, str], Iterator[str]]]] = {
    "deb": _distribution,
    "rpm": _distribution,
    "apk": _distribution,
    "conda": _conda,
    "python": _python,
    "r": _r,
    "perl": _perl,
    "module": _module,
    "image": _image,
    "spack-installed": lambda name, _version: iter((name,)),
}


def _debian_version(version: str) -> str:
    """`1:2.3+dfsg-4ubuntu1` -> `2.3`: no epoch, revision or mark of repacking."""
    upstream = re.sub(r"^[0-9]+:", "", version)
    upstream = re.sub(r"-[^-]*$", "", upstream)
    return re.sub(r"[+~.](?:dfsg|ds|git|repack|really|b[0-9]|deb|bpo|~).*$", "", upstream)


def _rpm_version(version: str) -> str:
    return re.sub(r"^[0-9]+:|[-~^].*$", "", version)


_CLEAN: Final[Mapping[str, Callable[[str], str]]] = {
    "deb": _debian_version,
    "rpm": _rpm_version,
    "apk": lambda version: re.sub(r"-r[0-9]+$", "", version),
    "python": lambda version: version.partition("+")[0],
    "perl": lambda version: version.removeprefix("v"),
    "module": lambda version: _TOOLCHAIN.sub("", version).removeprefix("v"),
    "image": lambda version: re.split("--|-", version.removeprefix("v"), maxsplit=1)[0],
}
