"""The seeds to copy: they load without a word, and editors know their schema."""

from __future__ import annotations

import pytest

from petal_constructs.planning import inspect_seed
from tests.docs.pages import ROOT, SEEDS

EXAMPLES = [*SEEDS, *sorted(ROOT.glob("examples/*/seed.yaml"))]
HEADER = "# yaml-language-server: $schema="

NOT_PUSHED = {"P319", "P406"}
"""Nobody has built the images of a seed that is there to be copied."""
FOR_ONE_SIDE = "software.spack_packages"
"""Of a hybrid seed, which has containers for the other side."""


@pytest.mark.parametrize("seed", EXAMPLES, ids=lambda seed: seed.relative_to(ROOT).as_posix())
def test_a_seed_to_copy_has_no_problem_not_even_a_warning(seed):
    problems = inspect_seed(seed).problems

    others = [problem for problem in problems if problem.code not in NOT_PUSHED]
    assert [problem for problem in others if problem.path != FOR_ONE_SIDE] == []


@pytest.mark.parametrize("seed", EXAMPLES, ids=lambda seed: seed.relative_to(ROOT).as_posix())
def test_an_editor_finds_the_schema_of_a_seed(seed):
    first = seed.read_text("utf-8").splitlines()[0]

    assert first.startswith(HEADER)
    assert (seed.parent / first.removeprefix(HEADER)).is_file()


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem)
def test_a_seed_is_called_like_its_cluster(seed):
    loaded = inspect_seed(seed).unwrap()

    assert loaded.cluster.name == seed.stem
