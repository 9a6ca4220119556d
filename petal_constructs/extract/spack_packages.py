"""Names and versions of Spack's packages: a list, or a checkout of Spack's recipes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from petal_constructs.catalog.spack_packages import spack_packages
from petal_constructs.errors import UsageError
from petal_constructs.seed.spack_spec import SpackSpec

_RECIPES: Final = (
    "repos/spack_repo/builtin/packages",
    "var/spack/repos/spack_repo/builtin/packages",
    "var/spack/repos/builtin/packages",
    "packages",
    ".",
)
"""Where recipes lie in spack-packages, in Spack 1.0, and in Spack before that."""
_NAME: Final = re.compile(r"[a-z0-9_][a-z0-9_-]*")
_VERSION: Final = re.compile(r"""^\s+version\(\s*['"]([^'"]+)['"]""", re.MULTILINE)
_LONGEST: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class SpackPackages:
    """What Spack has."""

    names: frozenset[str]
    recipes: Path | None = None
    """Folder with a folder for each package; None where only names are known."""
    virtual: frozenset[str] = frozenset()
    """What packages provide, such as `mpi`: names for who writes specs, of no software."""

    def about_version(self, spec: SpackSpec) -> str:
        """What to know of the version asked for; empty: nothing, or versions are not known."""
        offered = self._versions(spec.name)
        wanted = spec.version
        if not wanted or not offered or any(_fits(has, wanted) for has in offered):
            return ""
        return f"Spack's recipe has no version {wanted}, but {', '.join(offered[:3])}"

    def _versions(self, name: str) -> tuple[str, ...]:
        folder = self.recipes and next(filter(Path.is_dir, _folders(self.recipes, name)), None)
        if not folder:
            return ()
        try:
            return tuple(_VERSION.findall((folder / "package.py").read_text("utf-8", "replace")))
        except OSError:
            return ()


def _folders(recipes: Path, name: str) -> Iterable[Path]:
    plain = name.replace("-", "_")
    return (recipes / name, recipes / plain, recipes / f"_{plain}")


def _fits(version: str, wanted: str) -> bool:
    return version == wanted or version.startswith((f"{wanted}.", f"{wanted}-"))


def known_names() -> SpackPackages:
    """Those of the catalog, without versions."""
    known = spack_packages()
    return SpackPackages(known.packages, virtual=known.virtual)


def read(path: Path) -> SpackPackages:
    """The packages of a file with one name on each line, or of a checkout.

    Raises:
        UsageError: The file cannot be read, or holds no names.
    """
    try:
        found = _checkout(path) if path.is_dir() else _list(path)
    except OSError as error:
        raise UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    if not found.names:
        raise UsageError(
            f"{path}: no names of Spack's packages\n"
            "hint: give a file with one name on each line, or a checkout of spack-packages"
        )
    return found


def _list(path: Path) -> SpackPackages:
    with path.open("rb") as file:
        text = file.read(_LONGEST).decode("utf-8", "replace")
    lines = (line.strip() for line in text.splitlines())
    return SpackPackages(frozenset(line for line in lines if _NAME.fullmatch(line)))


def _checkout(path: Path) -> SpackPackages:
    for part in _RECIPES:
        names = frozenset(
            _name(recipe.parent.name) for recipe in (path / part).glob("*/package.py")
        )
        if names:
            return SpackPackages(names, path / part)
    return SpackPackages(frozenset())


def _name(folder: str) -> str:
    return folder.removeprefix("_").replace("_", "-")
