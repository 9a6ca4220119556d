"""Pydantic's findings -> problems in petal's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from petal_constructs.errors import Problem
from petal_constructs.seed.base import FORMS, NEAR
from petal_constructs.seed.meaning import meanings, section_in
from petal_constructs.seed.model import Seed
from petal_constructs.seed.near import SYNONYMS, typography
from petal_constructs.seed.spelling import Path, dotted
from petal_constructs.seed.suggest import did_you_mean, nearest, one_of
from petal_constructs.seed.words import shown, word

Found = tuple[Path, Problem]

UNKNOWN_KEY: Final = "P101"
KEY: Final = -1
"""Last part of a path that means a key, not its value."""
_LONGEST_HINT: Final = 200
_MOST_COMPARED: Final = 100
"""Misspelt keys that are looked for: the comparison takes time."""


def shape_details(error: ValidationError) -> list[ErrorDetails]:
    """Every finding of pydantic, without the echo of one finding in the list around it."""
    details = error.errors(include_url=False)
    around = {path[:end] for path in map(path_of, details) for end in range(len(path))}
    echoes = {("too_short", path) for path in around}
    echoes |= {("missing", path) for path in map(meant, details[:_MOST_COMPARED]) if path}
    return [detail for detail in details if (detail["type"], path_of(detail)) not in echoes]


def path_of(detail: ErrorDetails) -> Path:
    """Where a finding stands in the seed."""
    return detail["loc"][:-1] if _is_about_key(detail) else detail["loc"]


def _is_about_key(detail: ErrorDetails) -> bool:
    """Whether pydantic means a key of `tags`: it puts "[key]" behind it, which may be a key too."""
    in_mapping = detail["type"] != "extra_forbidden" and detail["loc"][-1:] == ("[key]",)
    return in_mapping and detail["loc"][-2:-1] == (detail["input"],)


def meant(detail: ErrorDetails) -> Path | None:
    """Where a misspelt key would stand if it were spelt as the hint says."""
    if detail["type"] != "extra_forbidden":
        return None
    *section, key = path_of(detail)
    near = nearest(str(key), _section_at(tuple(section)).model_fields)
    return (*section, near) if near else None


def shape_problem(detail: ErrorDetails) -> Found:
    """A finding in petal's words."""
    path, kind, value = path_of(detail), detail["type"], detail["input"]
    context = detail.get("ctx", {})
    match kind:
        case "extra_forbidden":
            problem = unknown_key(path, list(_section_at(path[:-1]).model_fields))
        case "missing":
            problem = Problem("P102", dotted(path), "missing", _how_to_add(path))
        case "string_pattern_mismatch":
            hint = _how_to_form(context["pattern"], value)
            message = f"{shown(value)} does not have the right form"
            problem = Problem("P105", dotted(path), message, hint)
        case "literal_error":
            problem = _none_of(path, value)
        case "greater_than_equal" | "less_than_equal" | "greater_than":
            message = f"{shown(value)} is {_bound(context)}"
            problem = Problem("P106", dotted(path), message, _range(path))
        case "too_short":
            hint = _example(path) or f"add an entry with {', '.join(_needed_in(path))}"
            problem = Problem("P108", dotted(path), "the list is empty", hint)
        case "string_too_long":
            message = f"{len(value)} characters are more than {context['max_length']}"
            problem = Problem("P108", dotted(path), message, "choose a shorter text")
        case _:
            problem = _wrong_type(path, kind, value)
    return ((*path, KEY) if _is_about_key(detail) else path), problem


def _how_to_form(pattern: str, text: str) -> str:
    """What a text without its form was probably meant to be, or else the form in words."""
    near = NEAR.get(pattern)
    lower = text.lower()
    hint = (
        typography(text)
        or (near(text) if near else "")
        or (f"write it in lower case: {lower}" if re.fullmatch(pattern, lower) else "")
    )
    fit = hint.isprintable() and len(hint) <= _LONGEST_HINT  # it may repeat what was written
    return hint if hint and fit else f"write {FORMS[pattern]}"


def unknown_key(path: Path, keys: list[str]) -> Problem:
    """The problem of a key that is none of those that may stand there."""
    key = str(path[-1])
    synonym = SYNONYMS.get(key, "")
    if synonym.split(":")[0] in keys:
        return Problem(UNKNOWN_KEY, dotted(path), "no such key", f"write {synonym}")
    hint = did_you_mean(key, keys) or one_of(keys)
    return Problem(UNKNOWN_KEY, dotted(path), "no such key", hint)


def _none_of(path: Path, value: Any) -> Problem:
    names = _literals(path)
    message = f"{shown(value)} is not one of {', '.join(names)}"
    return Problem(
        "P107", dotted(path), message, typography(str(value)) or did_you_mean(str(value), names)
    )


def _bound(context: dict[str, Any]) -> str:
    if "le" in context:
        return f"above {context['le']}, the most allowed"
    if "ge" in context:
        return f"below {context['ge']}, the least allowed"
    return f"not above {context['gt']:g}"


def _range(path: Path) -> str:
    field = _field_at(path)
    limits = {} if field is None else {type(m).__name__: m for m in field.metadata}
    least, most = limits.get("Ge"), limits.get("Le")
    if least is None or most is None:
        return "choose 0 or more" if least is not None else "choose a number above 0"
    return f"choose a number from {least.ge} to {most.le}"


_NEEDED: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a block of keys",
    "model_type": "a block of keys",
    "finite_number": "a finite number",
}


def _wrong_type(path: Path, kind: str, value: Any) -> Problem:
    needed = _NEEDED.get(kind, "another kind of value")
    message = f"{shown(value)} stands where {needed} is needed"
    return Problem("P104", dotted(path), message, _how_to_write(path, kind, value))


def _how_to_write(path: Path, kind: str, value: Any) -> str:
    if kind == "tuple_type":
        if isinstance(value, dict):
            return "start each entry of the list with -"
        return f"write a list: [{word(value) if isinstance(value, str) else shown(value)}]"
    if kind == "model_type":
        return f"write its keys below it: {', '.join(_section_at(path).model_fields)}"
    if kind == "bool_type":
        return "write true or false"
    if kind != "string_type":
        quoted = isinstance(value, str) and re.fullmatch("0|[1-9][0-9]*", value)
        return (
            "write it without quotes"
            if quoted
            else _example(path) or "write digits alone, such as 12"
        )
    if isinstance(value, bool | int | float) and _may_be(path, shown(value)):
        return f'put it in quotes: "{shown(value)}"'
    return _example(path) or "write a single word or text"


def _may_be(path: Path, text: str) -> bool:
    """Whether a text has the form that the field asks for."""
    field = _field_at(path)
    patterns = [] if field is None else list(_patterns(field, field.annotation))
    return all(re.search(pattern, text) for pattern in patterns)


def _patterns(*parts: Any) -> Iterator[str]:
    for part in parts:
        for known in getattr(part, "metadata", ()):
            if pattern := getattr(known, "pattern", None):
                yield pattern
        yield from _patterns(*get_args(part))


def _needed_in(path: Path) -> list[str]:
    """Keys that a section cannot do without."""
    fields = _section_at(path).model_fields
    return [key for key, field in fields.items() if field.is_required()]


def _how_to_add(path: Path) -> str:
    """Such as `add region: us-east-1 (AWS region to build in)`."""
    field = _field_at(path)
    if field is not None and section_in(field.annotation):
        entries = "" if isinstance(field.annotation, type) else "a list of entries "
        return f"add {path[-1]}: {entries}with {', '.join(_needed_in(path))}"
    section = _section_at(path[:-1])
    meaning = meanings(section).get(str(path[-1]), "").split(". ")[0].rstrip(".").replace("`", "")
    example = _example(path).removeprefix("for example ") or f"{path[-1]}:"
    return f"add {example}" + (f" ({meaning})" if meaning else "")


def _example(path: Path) -> str:
    """Such as `for example region: us-east-1`; empty where the field has no example."""
    field = _field_at(path)
    if field is None or not field.examples:
        return ""
    value, key = field.examples[0], [part for part in path if isinstance(part, str)][-1]
    return f"for example {key}: {_as_yaml(value)}"


def _as_yaml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {entry}' for name, entry in value.items())}}}"
    return str(value)


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
            section = section_in(section.model_fields[part].annotation) or section
    return section


def _field_at(path: Path) -> FieldInfo | None:
    """The field that the path ends in; for an item of a list, the field that holds the list."""
    names = [part for part in path if isinstance(part, str)]
    return _section_at(tuple(names[:-1])).model_fields.get(names[-1]) if names else None
