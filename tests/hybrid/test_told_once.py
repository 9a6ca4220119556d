"""Seeds of one side made into hybrid ones: no mistake is told twice, what is fine is planned."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from petal_constructs.planning import inspect_seed, plan_checked
from petal_constructs.platforms import platform
from tests.hybrid.seeds import written
from tests.stacks import ROOT

LONGEST = 25
"""Letters of a queue's name."""


def on_both_sides(file: Path) -> dict[str, Any] | None:
    """The seed with its queues on both sides, under other names on pcs; None if it has no form."""
    try:
        found = yaml.safe_load(file.read_text())
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    match found:
        case {"cluster": dict() as cluster, "compute": dict() as one}:
            two = copy.deepcopy(one)
            for queue in two.get("queues") or ():
                if isinstance(queue, dict) and isinstance(queue.get("name"), str):
                    queue["name"] = f"x{queue['name']}"[:LONGEST]
            beside = {"parallelcluster": one, "pcs": two}
            named = {key: value for key, value in cluster.items() if key != "type"}
            rest = {key: value for key, value in found.items() if key != "compute"}
            return {**rest, "cluster": {**named, "platform": "hybrid"}, "platforms": beside}
    return None


FILES = [*sorted((ROOT / "tests/bad_seeds").glob("*.yaml")), *sorted(ROOT.glob("seeds/*.yaml"))]
SEEDS = {file.stem: tree for file in FILES if (tree := on_both_sides(file))}


@pytest.mark.parametrize("name", SEEDS)
def test_no_mistake_is_told_twice(name, tmp_path):
    found = inspect_seed(written(tmp_path, SEEDS[name]), environment={}).problems

    codes = [(problem.code, problem.path) for problem in found]
    words = [(problem.path, problem.message) for problem in found]
    assert len({*codes}) == len(codes)
    assert len({*words}) == len(words)


@pytest.mark.parametrize("name", SEEDS)
def test_what_has_no_errors_is_planned_shown_and_rendered(name, tmp_path):
    loaded = inspect_seed(written(tmp_path, SEEDS[name]), environment={})
    if loaded.errors or loaded.seed is None:
        return
    hybrid = platform("hybrid")
    plan = plan_checked(loaded.seed)

    assert hybrid.tables(plan) == hybrid.tables(plan)
    assert hybrid.files(plan) == hybrid.files(plan)
    assert hybrid.kept(plan)


def test_many_seeds_are_good_on_both_sides(tmp_path):
    trees = SEEDS.values()

    good = [t for t in trees if not inspect_seed(written(tmp_path, t), environment={}).errors]

    assert len(good) >= 40
