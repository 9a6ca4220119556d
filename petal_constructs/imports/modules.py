"""Lists of modules -> the software section of a seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from petal_constructs.extract.found import Found
from petal_constructs.extract.names import answer
from petal_constructs.extract.report import Extraction, extraction
from petal_constructs.extract.spack_packages import SpackPackages
from petal_constructs.imports.module_lists import Module, read

_OLDER: Final = "not the version that is loaded by default"


def import_modules(
    text: str, name: str, known: SpackPackages | None = None, *, defaults: bool = False
) -> Extraction:
    """The packages behind a list of modules, and what has none.

    Args:
        text: What a command of Lmod or Environment Modules printed.
        name: What the report calls it.
        known: Spack's packages. Default: names are not checked.
        defaults: Of modules with a marked default, take that version alone.
    """
    modules, notes = read(text, name)
    found = [_found(module, name) for module in modules]
    if defaults:
        found = [*_defaults(modules, found)]
    return extraction([answer(f, known) for f in found], notes, checked=known is not None)


def _found(module: Module, name: str) -> Found:
    title, version = module.parts
    where = f"{name}:{module.line}" if module.line else name
    return Found("module", title, version, where, module.aside)


def _defaults(modules: Iterable[Module], found: Iterable[Found]) -> Iterator[Found]:
    pairs = list(zip(modules, found, strict=True))
    marked = {thing.name for module, thing in pairs if module.default}
    for module, thing in pairs:
        left = thing.name in marked and not module.default and not thing.not_needed
        where = thing.where
        yield Found("module", thing.name, thing.version, where, _OLDER) if left else thing
