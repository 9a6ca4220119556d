"""A hundred bad seeds, each with the exact text that its author reads (see make golden)."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from petal_constructs import explain
from petal_constructs.errors import Problem, SeedError
from petal_constructs.planning import inspect_seed

ROOT = Path(__file__).parents[3]
SEEDS = sorted(
    file for file in (ROOT / "tests/bad_seeds").rglob("*.yaml") if file.name != "petal.lock.yaml"
)

TOO_LARGE_FOR_A_REPOSITORY = {"P002"}
"""Codes whose bad seed is made in test_loader.py."""
NEVER_YET = "this is not YAML"
"""What is said where the YAML parser finds a fault that nobody has thought of."""


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

    assert given == {code for code in explain.codes() if code.startswith("P")}
    assert given - shown == TOO_LARGE_FOR_A_REPOSITORY


def rules() -> Iterator[tuple[str, range, str]]:
    """Each place of the source that makes a problem: file, its lines and what it says there."""
    for path in (ROOT / "petal_constructs").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                yield str(path), lines, ast.unparse(node)


def lines_that_make_problems() -> set[tuple[str, int]]:
    """Where problems come from while all bad seeds are read."""
    made = set()

    def watch(frame, event, _argument):
        if event == "call" and frame.f_code is Problem.__init__.__code__ and frame.f_back:
            made.add((frame.f_back.f_code.co_filename, frame.f_back.f_lineno))

    earlier = sys.getprofile()
    sys.setprofile(watch)
    try:
        for path in SEEDS:
            inspect_seed(path, environment={})
    finally:
        sys.setprofile(earlier)
    return made


def test_every_rule_has_a_bad_seed_of_its_own():
    made = lines_that_make_problems()
    silent = [
        (Path(file).name, lines.start, said)
        for file, lines, said in rules()
        if not any(file == where and line in lines for where, line in made)
    ]

    assert [
        rule
        for rule in silent
        if not re.search("|".join([*TOO_LARGE_FOR_A_REPOSITORY, NEVER_YET]), rule[2])
    ] == []
