"""The text below each field of a section, read from the source when somebody asks.

Pydantic could read it too, but does so at every import, which costs a tenth of `petal validate`.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel


@lru_cache
def meanings(section: type[BaseModel]) -> dict[str, str]:
    """Field -> what it means, on one line."""
    (definition,) = ast.parse(inspect.getsource(section)).body
    return dict(_documented(getattr(definition, "body", ())))


def _documented(statements: Sequence[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(statements):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, " ".join(text.split())
            case _:
                pass


def section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that a field holds, be it one, a list of them or none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := section_in(part))), None)


def sections(root: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A section and all below it; one that is used twice comes twice."""
    yield root
    for field in root.model_fields.values():
        below = section_in(field.annotation)
        if below is not None:
            yield from sections(below)
