"""Lists of modules -> the software section of a seed."""

from __future__ import annotations

from petal_constructs.extract.found import Note
from petal_constructs.extract.module_trees import listed
from petal_constructs.extract.names import answer
from petal_constructs.extract.report import Extraction, extraction
from petal_constructs.extract.spack_packages import SpackPackages


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
    found = list(listed(text, name, defaults=defaults))
    notes = [thing for thing in found if isinstance(thing, Note)]
    answers = [answer(thing, known) for thing in found if not isinstance(thing, Note)]
    return extraction(answers, notes, checked=known is not None)
