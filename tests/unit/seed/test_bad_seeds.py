"""A hundred bad seeds, each with the exact text that its author reads (see make golden)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from petal_constructs import explain
from petal_constructs.errors import SeedError
from petal_constructs.planning import inspect_seed

ROOT = Path(__file__).parents[3]
SEEDS = sorted((ROOT / "tests" / "bad_seeds").glob("*.yaml"))

TOO_LARGE_FOR_A_REPOSITORY = {"P002"}
"""Codes whose bad seed is made in test_loader.py."""


def problems_of(path):
    found = inspect_seed(path, environment={}).problems
    return [
        p if p.place is None else replace(p, place=replace(p.place, file=path.name)) for p in found
    ]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_a_bad_seed_is_told_exactly_this(path, pytestconfig):
    text = f"{SeedError(tuple(problems_of(path)))}\n"
    expected = path.with_suffix(".txt")
    if pytestconfig.getoption("update_snapshots"):
        expected.write_text(text, encoding="utf-8")

    assert text == expected.read_text("utf-8")


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_every_message_keeps_to_the_form_of_messages(path):
    for problem in problems_of(path):
        said = f"{problem.message} {problem.hint}"
        assert not problem.message.endswith(".")
        assert not problem.hint.endswith(".")
        assert not re.search(r"[Pp]lease|Input should|Value error|pydantic|\bNone\b|Field", said)
        assert not re.match(
            r"[A-Z][a-z]+ ", re.sub(r"^(ParallelCluster|Amazon) ", "", problem.message)
        )


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_no_mistake_is_told_twice(path):
    found = problems_of(path)

    assert len({(p.code, p.path, p.place) for p in found}) == len(found)


def test_there_are_a_hundred_bad_seeds():
    assert len(SEEDS) >= 100


def test_every_code_of_the_source_has_an_explanation_and_a_bad_seed():
    source = "".join(path.read_text("utf-8") for path in (ROOT / "petal_constructs").rglob("*.py"))
    given = set(re.findall(r'"(P\d{3})"', source))

    shown = {problem.code for path in SEEDS for problem in problems_of(path)}

    assert given == set(explain.codes())
    assert given - shown == TOO_LARGE_FOR_A_REPOSITORY
