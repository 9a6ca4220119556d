"""The seed language as JSON Schema, with which editors complete and check while one types."""

from __future__ import annotations

from typing import Any, Final

from petal_constructs.seed.base import any_case
from petal_constructs.seed.meaning import meanings, sections
from petal_constructs.seed.model import Seed
from petal_constructs.seed.spelling import MOVES, PLATFORM_SYNONYMS

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def json_schema() -> Schema:
    """What a seed may hold, in today's spelling and in the older one.

    It is as strict as the loader about keys, kinds of values and their forms; what must be true
    between the parts of a seed, and what depends on the platform, only petal itself checks.
    """
    seed = Seed.model_json_schema()
    for section in sections(Seed):
        _document(seed if section is Seed else seed["$defs"][section.__name__], meanings(section))
    cluster = seed["$defs"]["Cluster"]
    cluster["required"].remove("region")  # the environment may give it
    cluster["properties"]["platform"] |= _platform_words(cluster["properties"]["platform"])
    cluster["properties"]["tags"]["additionalProperties"] = False
    for section in (seed, *seed["$defs"].values()):
        _polish(section)
    _add_older_keys(seed)
    queues = [{"required": [key]} for key in ("compute", "platforms", "kubernetes")]
    return {"$schema": DIALECT, "title": "petal seed"} | seed | {"anyOf": queues}


def _document(section: Schema, texts: dict[str, str]) -> None:
    for key, text in texts.items():
        section["properties"][key]["description"] = text


def _polish(section: Schema) -> None:
    section.pop("title", None)
    section["description"] = " ".join(section["description"].split())
    for key, schema in section["properties"].items():
        schema.pop("title", None)
        if key not in section.get("required", ()):
            section["properties"][key] = _or_nothing(schema)


_ABOUT: Final = ("description", "default", "examples")


def _or_nothing(schema: Schema) -> Schema:
    """A key without a value counts as left out."""
    about = {key: schema[key] for key in _ABOUT if schema.get(key) not in (None, [], {})}
    if isinstance(about.get("default"), dict):  # a section's: its keys have their own
        del about["default"]
    rest = {key: value for key, value in schema.items() if key not in _ABOUT}
    choices = rest["anyOf"] if set(rest) == {"anyOf"} else [rest]
    nothing = {"type": "null"}
    return about | {"anyOf": [*(choice for choice in choices if choice != nothing), nothing]}


def _platform_words(platform: Schema) -> Schema:
    return any_case([*platform.pop("enum"), *PLATFORM_SYNONYMS])


def _add_older_keys(seed: Schema) -> None:
    """The keys of `MOVES`, each with the schema of the key that it became."""
    for old, new in MOVES:
        section, key = map(str, old)
        new_section, new_key = map(str, new)
        known = section in Seed.model_fields
        home = _properties(seed, section) if known else _older_section(seed, section)
        about = {"description": f"Older spelling of {new_section}.{new_key}.", "deprecated": True}
        home[key] = _properties(seed, new_section)[new_key] | about


def _older_section(seed: Schema, name: str) -> Schema:
    empty = {
        "description": "Older spelling of eks and compute.queues.",
        "deprecated": True,
        "type": ["object", "null"],
        "additionalProperties": False,
        "properties": {},
    }
    properties: Schema = seed["properties"].setdefault(name, empty)["properties"]
    return properties


def _properties(seed: Schema, section: str) -> Schema:
    properties: Schema = seed["$defs"][section.capitalize()]["properties"]
    return properties
