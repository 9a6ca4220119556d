"""Generated pages hold what the code says today."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from petal_constructs import explain
from petal_constructs.seed.schema import json_schema

ROOT = Path(__file__).parents[3]
SEED = (ROOT / "docs" / "reference" / "seed.md").read_text("utf-8")


def test_generated_files_are_up_to_date():
    run = subprocess.run(
        [sys.executable, "tools/generate_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.stdout == "", "run: make docs"
    assert run.returncode == 0, run.stderr


def test_every_key_of_the_language_is_on_the_page():
    schema = json_schema()
    sections = (schema, *schema["$defs"].values())
    keys = {key for section in sections for key in section["properties"]}

    assert [key for key in keys - {"kubernetes", "type"} if f"| `{key}` |" not in SEED] == (
        [key for key in ("node_groups",) if key in keys]
    )


def test_links_within_the_page_lead_to_a_section():
    titles = re.findall(r"^## `(.+)`$", SEED, re.MULTILINE)

    anchors = {re.sub("[^a-z0-9_]", "", title) for title in titles}

    assert set(re.findall(r"\]\(#(\S+?)\)", SEED)) <= anchors


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.*?)```", SEED, re.DOTALL))
def test_every_example_on_the_page_is_yaml(block):
    assert isinstance(yaml.safe_load(block), dict | None)


@pytest.mark.parametrize("code", explain.codes())
def test_every_explanation_reads_well(code):
    known = explain.explanation(code)

    assert known.title[0].islower() or known.title.split()[0] in {"SSH", "ParallelCluster"}
    assert known.text.endswith((".", ":"))
    assert known.fix
    assert "{" not in known.text
    assert not re.search("[Pp]lease|pydantic", known.text)


def test_an_unknown_code_has_no_explanation():
    assert explain.explanation("P999") is None
