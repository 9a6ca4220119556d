"""Seeds of hybrid clusters, as changes of the one to copy."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import yaml

from petal_constructs.planning import inspect_seed, load_seed
from petal_constructs.seed.model import Seed
from tests.stacks import ROOT

HYBRID = ROOT / "seeds/hybrid.yaml"
TREE: dict[str, Any] = yaml.safe_load(HYBRID.read_text())


def tree(**changes: Any) -> dict[str, Any]:
    """Its tree with other sections: None takes one out, a dict is laid over what is there."""
    changed = copy.deepcopy(TREE)
    for key, value in changes.items():
        if value is None:
            del changed[key]
        else:
            old = changed.get(key)
            both = isinstance(old, dict) and isinstance(value, dict)
            changed[key] = {**old, **value} if both else value
    return changed


def seed_of(folder: Path, changed: dict[str, Any]) -> Seed:
    """The seed of a tree, which must have no errors."""
    return load_seed(written(folder, changed), environment={})


def told(folder: Path, changed: dict[str, Any]) -> list[str]:
    """Code and path of each of its problems."""
    found = inspect_seed(written(folder, changed), environment={}).problems
    return [f"{problem.code} {problem.path}" for problem in found]


def written(folder: Path, changed: dict[str, Any]) -> Path:
    """Its file."""
    file = folder / "hybrid.yaml"
    file.write_text(yaml.safe_dump(changed, sort_keys=False))
    return file


def queues(prefix: str, count: int, *types: str) -> list[dict[str, Any]]:
    """So many queues of these types."""
    return [
        {"name": f"{prefix}-{number:02}", "instance_types": list(types), "max_count": 10}
        for number in range(count)
    ]
