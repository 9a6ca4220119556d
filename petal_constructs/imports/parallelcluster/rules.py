"""What becomes of values that have no key of a seed, from rules.toml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from petal_constructs.catalog import parallelcluster
from petal_constructs.catalog.parallelcluster_updates import is_known
from petal_constructs.catalog.toml import read_toml
from petal_constructs.imports.parallelcluster.ledger import Fate, Part
from petal_constructs.imports.parallelcluster.placeholders import is_open

_FUNCTION: Final = re.compile(r"\.Ref$|\[\"Fn::")
"""A value that CloudFormation would fill in."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What petal does in place of a parameter of ParallelCluster."""

    reason: str
    """Why it has no key, and what to do."""
    same: tuple[str, ...] = ()
    """Values with which petal's clusters are the same."""
    fate: Fate = "lost"


@dataclass(frozen=True, slots=True)
class Rules:
    """All of them, by path without the numbers of lists, and systems of former versions."""

    by_path: dict[str, Rule]
    retired: dict[str, str]
    """Name -> what comes near; empty for petal's default."""

    def settle(self, part: Part, *, below: str = "") -> None:
        """Write down what becomes of a value that nothing else has read.

        Args:
            part: The value.
            below: Where the configuration stands in a template. Default: it is the whole file.
        """
        if not part.path.startswith(below):
            part.become("lost", "", "it stands outside of the cluster's configuration")
            return
        path = re.sub(r"\[[0-9]+\]", "", part.path[len(below) :]).lstrip(".")
        rule = self._nearest(path)
        unfilled = is_open(part.value) or _FUNCTION.search(part.path)
        if unfilled and (rule is None or rule.fate == "decide"):
            part.become("decide", "", "a placeholder stands here: write the value, or leave it out")
        elif rule is None:
            part.become("lost", "", _unknown(path))
        elif (part.text or "").lower() in rule.same:
            part.become("same", "", "petal's clusters have it so by themselves")
        else:
            part.become(rule.fate, "", rule.reason)

    def _nearest(self, path: str) -> Rule | None:
        """The rule of the path, or of the nearest one around it."""
        while path and path not in self.by_path:
            path = path.rpartition(".")[0]
        return self.by_path.get(path)


def _unknown(path: str) -> str:
    if is_known(path.replace(".", "/")):
        return "not of the form that ParallelCluster takes here"
    return f"ParallelCluster {parallelcluster.FACTS.version} has no such key here"


def _read() -> Rules:
    data = read_toml(Path(__file__).with_name("rules.toml"))
    rules = {
        path: Rule(row["reason"], tuple(row.get("same", ())), row.get("fate", "lost"))
        for row in data["rule"]
        for path in row["paths"]
    }
    return Rules(rules, dict(data["retired"]))


RULES: Final = _read()
