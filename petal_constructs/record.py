"""What a stack's template tells about the seed that it was made from.

CloudFormation updates Metadata only together with a resource (User Guide, template Metadata syntax,
2026-11-23): until one changes, the seed of the last deployment that changed one stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from petal_constructs import __version__
from petal_constructs.planning import check_seed
from petal_constructs.seed.lock import parse_lock
from petal_constructs.seed.model import Seed

KEY: Final = "petal"
"""Where it stands in the template's Metadata."""


@dataclass(frozen=True, slots=True)
class Record:
    """A seed, and the version of petal that made a stack of it."""

    version: str
    text: str
    """The seed in JSON, without defaults and older spellings; text, for a key such as `Ref` of a
    tag would mean something else to CloudFormation."""
    lock: str = ""
    """What was pushed of its images, as petal.lock.yaml says it; empty for nothing."""

    @property
    def seed(self) -> Seed | None:
        """The seed; None where this version of petal does not build it any more."""
        try:
            seed = Seed.model_validate_json(self.text)
            if self.lock:
                seed = seed.with_lock(parse_lock(self.lock.encode()))
        except ValueError:
            return None
        return None if any(problem.is_error for problem in check_seed(seed)) else seed


def as_metadata(seed: Seed) -> dict[str, str]:
    """What the template says below `KEY`. A seed holds no secrets."""
    said = {"version": __version__, "seed": seed.model_dump_json(exclude_defaults=True)}
    return said | ({"lock": seed.lock.text} if seed.lock.images else {})


def recorded(template: Mapping[str, Any]) -> Record | None:
    """What a template says about its seed; None if another program made it, or an older petal."""
    match (template.get("Metadata") or {}).get(KEY):
        case {"version": str() as version, "seed": str() as text, **rest}:
            return Record(version, text, str(rest.get("lock", "")))
        case _:
            return None
