"""Pydantic's findings -> problems in petal's words."""

from __future__ import annotations

import re
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from petal_constructs.errors import Problem
from petal_constructs.seed.base import FORMS
from petal_constructs.seed.model import Seed
from petal_constructs.seed.spelling import Path, dotted
from petal_constructs.seed.suggest import did_you_mean, one_of

Found = tuple[Path, Problem]

UNKNOWN_KEY: Final = "P101"


def shape_problems(error: ValidationError) -> list[Found]:
    """Every finding of pydantic, without the echo of one finding in the list around it."""
    details = [(_path(detail), detail) for detail in error.errors(include_url=False)]
    paths = {path for path, _ in details}
    return [
        (path, _problem(path, detail))
        for path, detail in details
        if not (detail["type"] == "too_short" and _has_finding_inside(path, paths))
    ]


def _path(detail: ErrorDetails) -> Path:
    return tuple(part for part in detail["loc"] if part != "[key]")


def _has_finding_inside(path: Path, paths: set[Path]) -> bool:
    return any(len(other) > len(path) and other[: len(path)] == path for other in paths)


def _problem(path: Path, detail: ErrorDetails) -> Problem:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    where = dotted(path)
    match kind:
        case "extra_forbidden":
            keys = list(_section_at(path[:-1]).model_fields)
            hint = did_you_mean(str(path[-1]), keys) or one_of(keys)
            return Problem(UNKNOWN_KEY, where, "no such key", hint)
        case "missing":
            return Problem("P102", where, "missing", _how_to_add(path))
        case "string_pattern_mismatch":
            hint = f"write {FORMS[context['pattern']]}"
            return Problem("P105", where, f"{shown(value)} does not have the right form", hint)
        case "literal_error":
            words = re.findall(r"[\w-]+", context["expected"].replace(" or ", " ").lower())
            names = [word for word in _literals(path) or words]
            hint = did_you_mean(str(value), names)
            return Problem("P107", where, f"{shown(value)} is not one of {', '.join(names)}", hint)
        case "greater_than_equal" | "less_than_equal" | "greater_than":
            return Problem("P106", where, f"{value} is {_bound(context)}", "")
        case "too_short" | "string_too_long":
            return _wrong_length(where, kind, value, context)
    return _wrong_type(where, kind, value, path)


def _bound(context: dict[str, Any]) -> str:
    if "le" in context:
        return f"above {context['le']}, the most allowed"
    if "ge" in context:
        return f"below {context['ge']}, the least allowed"
    return f"not above {context['gt']}"


def _wrong_length(where: str, kind: str, value: Any, context: dict[str, Any]) -> Problem:
    if kind == "too_short":
        return Problem("P108", where, "the list is empty", "add at least one entry")
    most = context["max_length"]
    return Problem(
        "P108", where, f"{len(value)} characters are more than {most}", "choose a shorter text"
    )


_NEEDED: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "finite_number": "a finite number",
}


def _wrong_type(where: str, kind: str, value: Any, path: Path) -> Problem:
    needed = _NEEDED.get(kind, "another kind of value")
    message = f"{shown(value)} stands where {needed} is needed"
    if kind == "tuple_type" and isinstance(value, str):
        hint = f"write a list: [{value[:40]}]"
    elif kind == "string_type" and isinstance(value, bool | int | float):
        hint = f'put it in quotes: "{getattr(value, "text", value)}"'.replace("True", "true")
    else:
        hint = _example(path)
    return Problem("P104", where, message, hint)


_LONGEST_SHOWN: Final = 60


def shown(value: object) -> str:
    """A value as a message names it: short, on one line, text in quotes."""
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, tuple | list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    if not isinstance(value, str):
        return str(getattr(value, "text", value))[:_LONGEST_SHOWN]
    cut = value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 3] + "..."
    return repr(cut)


def _how_to_add(path: Path) -> str:
    field = _field_at(path)
    meaning = ((field and field.description) or "").split(". ")[0].split(".\n")[0]
    meaning = " ".join(meaning.rstrip(".").split())
    example = _example(path).removeprefix("for example ")
    return f"add {example or path[-1]}" + (f" ({meaning})" if meaning else "")


def _example(path: Path) -> str:
    field = _field_at(path)
    if field is None or not field.examples:
        return ""
    value = field.examples[0]
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
    return f"for example {path[-1]}: {text}"


def _literals(path: Path) -> list[str]:
    """The words that a field may hold, as they are written in YAML."""
    field = _field_at(path)
    found = [] if field is None else _strings(field.annotation)
    return [str(word).lower() if isinstance(word, bool) else word for word in found]


def _strings(annotation: Any) -> list[Any]:
    words: list[Any] = []
    for part in get_args(annotation):
        words += [part] if isinstance(part, str | bool) else _strings(part)
    return words


def _section_at(path: Path) -> type[BaseModel]:
    """The model of the section at a path."""
    section: type[BaseModel] = Seed
    for part in path:
        if isinstance(part, str) and part in section.model_fields:
            section = _model_in(section.model_fields[part].annotation) or section
    return section


def _field_at(path: Path) -> FieldInfo | None:
    """The field that the path ends in; for an item of a list, the field that holds the list."""
    names = [part for part in path if isinstance(part, str)]
    return _section_at(tuple(names[:-1])).model_fields.get(names[-1]) if names else None


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
