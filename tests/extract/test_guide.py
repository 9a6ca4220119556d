"""The guide shows what petal does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from petal_constructs.extract import extract

GUIDE = Path(__file__).parents[2] / "docs/guides/from-module-lists.md"
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("kind", "name"), [("text", "avail.txt"), ("dockerfile", "Dockerfile")])
def test_a_list_on_the_page_becomes_the_section_below_it(kind, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    index, source = next((i, text) for i, (k, text) in enumerate(BLOCKS) if k == kind)
    Path(name).write_text(source)

    section = extract([Path(name)]).section()

    shown = [line for line in section.splitlines() if not line.startswith("#")]
    assert shown == BLOCKS[index + 1][1].splitlines()
