"""Every seed has a page, and the list of them names it."""

from __future__ import annotations

import pytest

from tests.docs.pages import ROOT, SEEDS

PAGES = ROOT / "docs" / "seeds"


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem)
def test_a_seed_has_a_page_that_tells_purpose_plan_cost_and_use(seed):
    page = (PAGES / f"{seed.stem}.md").read_text("utf-8")
    purpose = seed.read_text("utf-8").splitlines()[2].removeprefix("# ")

    assert purpose in page
    assert f"(../../seeds/{seed.name})" in page
    for section in ("What it makes", "What it costs", "How to use it"):
        assert f"\n## {section}\n" in page


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.stem)
def test_the_list_of_seeds_names_it(seed):
    assert f"| [{seed.stem}]({seed.stem}.md) |" in (PAGES / "README.md").read_text("utf-8")


def test_no_page_is_left_of_a_seed_that_is_gone():
    assert {page.stem for page in PAGES.glob("*.md")} == {"README", *(seed.stem for seed in SEEDS)}


def test_the_library_covers_many_fields():
    assert len(SEEDS) >= 29
