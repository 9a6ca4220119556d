"""What each problem code means, at length: `petal explain P103` and docs/reference/problems.md."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from petal_constructs.catalog import iam, kubernetes, parallelcluster, pcs, versions
from petal_constructs.catalog.defaults import DEFAULTS
from petal_constructs.catalog.toml import read_toml
from petal_constructs.seed import source, tree

_FILES = tuple(map(Path(__file__).with_name, ("explanations.toml", "job_explanations.toml")))


@dataclass(frozen=True, slots=True)
class Explanation:
    """One kind of problem."""

    code: str
    """Such as `P103`, or `J111` for job scripts."""
    title: str
    """The fact in a few words."""
    text: str
    """What it means and why petal minds; for a limit, where the limit comes from."""
    example: str
    """Part of a seed that has the problem; empty where none can be shown."""
    fix: str
    """The same part put right, or what to do."""


def explanation(code: str) -> Explanation | None:
    """The explanation of a problem code; None for a code that petal never gives."""
    return _explanations().get(code)


def codes() -> tuple[str, ...]:
    """Every code of a problem, or of a finding about a job script, in order."""
    return tuple(sorted(_explanations()))


@lru_cache
def _explanations() -> dict[str, Explanation]:
    return {
        code: Explanation(
            code,
            entry["title"],
            " ".join(_filled(entry["text"]).split()),
            entry.get("example", "").rstrip("\n"),
            entry["fix"].rstrip("\n"),
        )
        for file in _FILES
        for code, entry in read_toml(file).items()
    }


def _filled(text: str) -> str:
    """The text with its numbers, which have their home in the catalog and the loader."""
    return text.format(
        facts=parallelcluster.FACTS,
        pcs=pcs.FACTS,
        kubernetes=kubernetes.FACTS,
        eks=versions.EKS,
        iam=iam.quotas(),
        defaults=DEFAULTS,
        most_bytes=source.MAX_BYTES,
        most_values=tree.MAX_NODES,
        most_levels=tree.MAX_DEPTH,
    )
